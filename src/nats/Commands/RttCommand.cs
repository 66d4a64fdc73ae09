using Rivulet.Cli.CommandLine;
using Rivulet.Cli.Connecting;
using Rivulet.Cli.Formats;
using Rivulet.Client;

namespace Rivulet.Cli.Commands;

/// <summary><c>nats rtt</c>: the mean time of round trips to each address of each server.</summary>
internal static class RttCommand
{
    private const int AddressIndent = 3;

    /// <summary>Time for the server to be done with what it does after a connect.</summary>
    private static readonly TimeSpan SettleTime = TimeSpan.FromMilliseconds(25);

    private static readonly Argument<int> Iterations = Argument.Count("iterations", "Number of round trips to take the mean of", "5");
    private static readonly Flag<bool> Json = Flag.Switch("json", "Produce JSON output", 'j');

    public static CommandSpec Spec => new("rtt", "Compute round-trip time to NATS server")
    {
        Arguments = [Iterations],
        Flags = [Json],
        Run = RunAsync,
    };

    private static async Task RunAsync(CommandContext context)
    {
        var settings = ConnectionSettings.From(context);
        var targets = await RttTarget.ResolveAsync(settings.Servers).ConfigureAwait(false);
        foreach (var target in targets)
        {
            foreach (var result in target.Results)
            {
                await MeasureAsync(context, settings, result).ConfigureAwait(false);
            }
        }

        if (context.Get(Json))
        {
            context.Output.Write(RttTarget.ToJson(targets, context.Host.Clock));
        }
        else
        {
            Print(context, targets);
        }
    }

    private static async Task MeasureAsync(CommandContext context, ConnectionSettings settings, RttResult result)
    {
        result.Time = context.Host.Clock.GetUtcNow();
        if (context.IsTracing)
        {
            context.Log.Line($">>> Connecting to {result.Address}");
        }

        try
        {
            await using var nats = await CliConnection.ConnectAsync(settings.Options with { Servers = [result.Server] }).ConfigureAwait(false);
            await Task.Delay(SettleTime).ConfigureAwait(false);
            result.RttNanos = await MeanAsync(context, nats).ConfigureAwait(false);
            result.Url = nats.ConnectedUrl;
        }
        catch (NatsException failure)
        {
            context.Log.Line($"Failed to compute rtt for {result.Address}: {ErrorText.Describe(failure)}");
        }
    }

    private static async Task<long> MeanAsync(CommandContext context, NatsConnection nats)
    {
        // The first round trip of a process also pays for loading code; it says nothing of the server.
        await nats.PingAsync().ConfigureAwait(false);

        long total = 0;
        var iterations = Math.Max(1, context.Get(Iterations));
        for (var i = 1; i <= iterations; i++)
        {
            var nanos = (await nats.PingAsync().ConfigureAwait(false)).Ticks * 100;
            total += nanos;
            if (context.IsTracing)
            {
                context.Output.WriteLine($"#{Numbers.Plain(i)}:\trtt={Durations.Short(nanos)}");
            }
        }

        return total / iterations;
    }

    private static void Print(CommandContext context, List<RttTarget> targets)
    {
        var width = 0;
        foreach (var target in targets)
        {
            foreach (var result in target.Results)
            {
                width = Math.Max(width, result.Address.Length + AddressIndent);
            }
        }

        foreach (var target in targets)
        {
            context.Output.WriteLine($"{target.Url}:\n");
            foreach (var result in target.Results)
            {
                var time = result.RttNanos > 0 ? Durations.Short(result.RttNanos) : "failed";
                context.Output.WriteLine($"{result.Address.PadLeft(width)}: {time}");
            }

            context.Output.WriteLine();
        }
    }
}
