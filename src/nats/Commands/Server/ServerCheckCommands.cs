using Rivulet.Cli.CommandLine;
using Rivulet.Cli.Commands.Server.Checks;

namespace Rivulet.Cli.Commands.Server;

/// <summary><c>nats server check</c>: checks for monitoring, which end with 0, 1, 2 or 3.</summary>
internal static class ServerCheckCommands
{
    public static CommandSpec Spec => new("check", "Health check for NATS servers")
    {
        Commands =
        [
            ConnectionCheck.Spec,
            ConsumerCheck.Spec,
            CredentialCheck.Spec,
            JetStreamCheck.Spec,
            KeyValueCheck.Spec,
            MessageCheck.Spec,
            MetaCheck.Spec,
            RequestCheck.Spec,
            ServerCheck.Spec,
            StreamCheck.Spec,
        ],
    };
}
