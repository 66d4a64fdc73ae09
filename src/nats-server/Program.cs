using Rivulet.Server.Configuration;
using Rivulet.Server.Host;
using Rivulet.Server.Host.CommandLine;
using Rivulet.Server.Host.Signals;
using Rivulet.Server.Host.Store;
using Rivulet.Server.Hosting;

if (args is ["store", .. var storeArguments])
    return StoreCommand.Run(storeArguments);

try
{
    var startup = new Startup(args);
    var settings = startup.ReadFlags();
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

    if (settings.ShowTlsHelp)
    {
        Console.Out.WriteLine(TlsUsage.Text);
        return 0;
    }

    if (settings.Unsupported is { } flag)
        throw new ServerProgramException($"flag -{flag} is not supported by this version");
    if (settings.Signal is { } signal)
    {
        SignalCommand.Send(signal);
        return 0;
    }

    if (settings.CheckConfig)
    {
        Console.Error.WriteLine($"nats-server: {Startup.Check(settings.ConfigFile)}");
        return 0;
    }

    return await new ServerProgram(startup).RunAsync().ConfigureAwait(false);
}
catch (FlagException e)
{
    Console.Error.WriteLine(e.Message);
    Console.Out.WriteLine(Usage.Text);
    return 2;
}
catch (Exception e) when (e is ServerProgramException or ServerConfigurationException)
{
    Console.Error.WriteLine($"nats-server: {e.Message}");
    return 1;
}
