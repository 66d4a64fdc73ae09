using Rivulet.Cli.CommandLine;

namespace Rivulet.Cli.Commands;

/// <summary>The program as a whole.</summary>
internal static class RootCommand
{
    public static CommandSpec Spec => new("nats", """
        NATS Utility

        Works with NATS servers, their streams and their Key-Value buckets.

        Give a command --help to see what it takes
        """)
    {
        Flags = GlobalFlags.All,
        Commands =
        [
            HelpCommand.Spec,
            AccountCommands.Spec,
            KeyValue.KvCommands.Spec,
            Messaging.PublishCommand.Spec,
            Messaging.ReplyCommand.Spec,
            Messaging.RequestCommand.Spec,
            RttCommand.Spec,
            Server.ServerCommands.Spec,
            Messaging.SubscribeCommand.Spec,
        ],
    };
}
