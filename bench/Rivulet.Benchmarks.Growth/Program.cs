using Rivulet.Benchmarks.Growth;

// Answers are handled where the sockets' events arrive, by one thread: handing each over to another would cost more than
// handling it, on the processors that the server needs. Read by the runtime at the first use of a socket.
Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");
Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_THREAD_COUNT", "1");

try
{
    new GrowthRun(GrowthOptions.Parse(args)).Run();
    return 0;
}
catch (ArgumentException exception)
{
    Console.Error.WriteLine($"{exception.Message}\n\n{GrowthOptions.Usage}");
    return 2;
}
