using Rivulet.Benchmarks.Growth;

// Answers are handled where the sockets' events arrive, by one thread: handing each over to another would cost more than
// handling it, on the processors that the server needs. Read by the runtime at the first use of a socket.
Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");
Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_THREAD_COUNT", "1");

GrowthOptions options;
try
{
    options = GrowthOptions.Parse(args);
}
catch (ArgumentException exception)
{
    Console.Error.WriteLine($"{exception.Message}\n\n{GrowthOptions.Usage}");
    return 2;
}

#pragma warning disable CA1031 // An exception that nobody catches would end the program before the server is stopped.
try
{
    new GrowthRun(options).Run();
    return 0;
}
catch (Exception exception)
{
    Console.Error.WriteLine(exception);
    return 1;
}
#pragma warning restore CA1031
