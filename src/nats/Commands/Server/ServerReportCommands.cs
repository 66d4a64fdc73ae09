using Rivulet.Cli.CommandLine;

namespace Rivulet.Cli.Commands.Server;

/// <summary><c>nats server report</c>: the group.</summary>
internal static class ServerReportCommands
{
    public static CommandSpec Spec => new("report", "Report on various server metrics")
    {
        Aliases = ["rep"],
        Commands = [AccountReport.Spec, ConnectionReport.Spec, UsageReport.OfProcessor, HealthReport.Spec, JetStreamReport.Spec, UsageReport.OfMemory],
    };
}
