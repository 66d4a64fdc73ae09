using Rivulet.Server.Host;
using Rivulet.Server.Host.CommandLine;
using Rivulet.Server.Host.Store;
using Rivulet.Server.Hosting;

if (args is ["store", .. var storeArguments])
    return StoreCommand.Run(storeArguments);

try
{
    var settings = new FlagParser(ServerFlags.All).Parse(args, out var words);
    foreach (string word in words)
    {
        settings = word.ToLowerInvariant() switch
        {
            "help" => settings with { ShowHelp = true },
            "version" => settings with { ShowVersion = true },
            _ => throw new ServerProgramException($"unrecognized command: \"{word}\""),
        };
    }

    if (settings.ShowVersion)
    {
        Console.Out.WriteLine($"nats-server: v{ServerVersion.ProtocolLevel}");
        return 0;
    }

    if (settings.ShowHelp)
    {
        Console.Out.WriteLine(Usage.Text);
        return 0;
    }

    if (settings.Unsupported is { } flag)
        throw new ServerProgramException($"flag -{flag} is not supported by this version");
    return await ServerProgram.RunAsync(settings).ConfigureAwait(false);
}
catch (FlagException e)
{
    Console.Error.WriteLine(e.Message);
    Console.Out.WriteLine(Usage.Text);
    return 2;
}
catch (ServerProgramException e)
{
    Console.Error.WriteLine($"nats-server: {e.Message}");
    return 1;
}
