using Rivulet.Cli.CommandLine;

namespace Rivulet.Cli.Commands.Server;

/// <summary><c>nats server</c>: the group.</summary>
internal static class ServerCommands
{
    public static CommandSpec Spec => new("server", "Server information")
    {
        Aliases = ["srv", "sys", "system"],
        Commands =
        [
            ServerCheckCommands.Spec,
            ServerInfoCommand.Spec,
            ServerListCommand.Spec,
            ServerPingCommand.Spec,
            ServerReportCommands.Spec,
            ServerRequestCommands.Spec,
        ],
    };
}
