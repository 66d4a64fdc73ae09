using System.Globalization;
using System.Text.Json;
using Rivulet.Cli.CommandLine;
using Rivulet.Cli.Connecting;
using Rivulet.Cli.Formats;
using Rivulet.Client;

namespace Rivulet.Cli.Commands.Server;

/// <summary><c>nats server ping</c>: how long servers take to answer.</summary>
internal static class ServerPingCommand
{
    private const int NameWidth = 60;

    private static readonly Argument<int> Expect = Argument.Count("expect", "How many servers to expect", "0");
    private static readonly Flag<bool> Id = Flag.Switch("id", "Include the Server ID in the output");

    public static CommandSpec Spec => new("ping", "Ping all servers")
    {
        Arguments = [Expect],
        Flags = [Id],
        Run = RunAsync,
    };

    private static async Task RunAsync(CommandContext context)
    {
        await using var connection = await CliConnection.OpenAsync(context).ConfigureAwait(false);
        var expect = context.Get(Expect);
        var times = await PingAsync(context, connection, expect).ConfigureAwait(false);
        context.Output.WriteLine("\n---- ping statistics ----");
        context.Output.WriteLine(times.Count == 0
            ? "no responses received"
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{times.Count} replies max: {times.Max():F2} min: {times.Min():F2} avg: {times.Average():F2}"));
        if (expect > times.Count)
        {
            context.Output.WriteLine($"\nMissing {expect - times.Count} server(s)");
        }
    }

    /// <summary>Prints each answer as it comes in, and returns how long each took, in milliseconds.</summary>
    private static async Task<List<double>> PingAsync(CommandContext context, CliConnection connection, int expect)
    {
        var times = new List<double>();
        var clock = context.Host.Clock;
        var start = clock.GetTimestamp();
        try
        {
            await foreach (var reply in connection.Nats.RequestManyAsync("$SYS.REQ.SERVER.PING").ConfigureAwait(false))
            {
                var elapsed = clock.GetElapsedTime(start);
                times.Add(elapsed.TotalMilliseconds);
                using var answer = JsonDocument.Parse(reply.Payload);
                var server = answer.RootElement.At("server") ?? default;
                var id = context.Get(Id) ? server.Text("id") + " " : "";
                context.Output.WriteLine($"{id}{server.Text("name"),-NameWidth} rtt={Durations.Exact(elapsed.Ticks * 100)}");
                if (expect == 0)
                {
                    expect = (int)answer.RootElement.Number("statsz", "active_servers");
                }

                if (times.Count == expect)
                {
                    break;
                }
            }
        }
        catch (NatsNoRespondersException)
        {
            throw new CliException("503 status from $SYS.REQ.SERVER.PING, ensure a system account is used with appropriate permissions");
        }

        return times;
    }
}
