using Rivulet.Cli.CommandLine;

namespace Rivulet.Cli.Commands;

/// <summary><c>nats account</c>: the group.</summary>
internal static class AccountCommands
{
    public static CommandSpec Spec => new("account", "Account information and status")
    {
        Aliases = ["a"],
        Commands = [AccountInfoCommand.Spec, ReportSpec],
    };

    private static CommandSpec ReportSpec => new("report", "Report on account metrics")
    {
        Aliases = ["rep"],
        Commands = [Server.ConnectionReport.OwnSpec],
    };
}
