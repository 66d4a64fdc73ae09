using Rivulet.Cli.CommandLine;
using Rivulet.Cli.Connecting;
using Rivulet.Cli.Formats;
using Rivulet.Client.JetStream;

namespace Rivulet.Cli.Commands.Server.Checks;

/// <summary><c>nats server check stream</c>: whether a stream holds what it should, and whether it keeps up with those it copies.</summary>
internal static class StreamCheck
{
    private static readonly Flag<string> Stream = Flag.Text("stream", "The stream to check");
    private static readonly Flag<ulong> LagCritical = Flag.Unsigned("lag-critical", "Critical threshold to allow for lag on any source or mirror", "MSGS");
    private static readonly Flag<long> SeenCritical = Flag.Duration(
        "seen-critical", "Critical threshold for how long ago the source or mirror should have been seen", "DURATION");

    private static readonly Flag<int> MinSources = Flag.Count("min-sources", "Minimum number of sources to expect", 1);
    private static readonly Flag<int> MaxSources = Flag.Count("max-sources", "Maximum number of sources to expect", 1);
    private static readonly Flag<ulong> MessagesWarn = Flag.Unsigned("msgs-warn", "Warn if there are fewer than this many messages in the stream", "MSGS");
    private static readonly Flag<ulong> MessagesCritical = Flag.Unsigned(
        "msgs-critical", "Critical if there are fewer than this many messages in the stream", "MSGS");

    private static readonly Flag<long> SubjectsWarn = Flag.Within("subjects-warn", "Warning threshold for subjects in the stream", -1, long.MaxValue, -1);
    private static readonly Flag<long> SubjectsCritical = Flag.Within("subjects-critical", "Critical threshold for subjects in the stream", -1, long.MaxValue, -1);

    public static CommandSpec Spec => new("stream", "Checks the health of a stream, and of what it copies from")
    {
        Flags =
        [
            Stream, LagCritical, SeenCritical, MinSources, MaxSources, MessagesWarn, MessagesCritical, SubjectsWarn, SubjectsCritical, .. CheckRunner.Flags,
        ],
        Run = context =>
        {
            CheckFlags.Require(context, Stream);
            return CheckRunner.RunAsync(context, context.Text(Stream), "stream", (connection, result) => CheckAsync(context, connection, result));
        },
    };

    private static async Task CheckAsync(CommandContext context, CliConnection connection, CheckResult result)
    {
        StreamInfo info;
        try
        {
            info = await connection.JetStream.Stream(context.Text(Stream)).GetInfoAsync().ConfigureAwait(false);
        }
        catch (JetStreamApiException refused)
        {
            result.Critical($"could not load info: {refused.Error.Description}");
            return;
        }

        List<StreamSourceInfo> origins = [.. info.Mirror is { } mirror ? [mirror] : (StreamSourceInfo[])[], .. info.Sources ?? []];
        if (origins.Count > 0 || context.Has(MinSources))
        {
            CheckOrigins(context, result, origins, isMirror: info.Mirror is not null);
        }

        CheckMessages(context, result, info.State.Messages);
        CheckSubjects(context, result, info.State.SubjectCount);
    }

    private static void CheckOrigins(CommandContext context, CheckResult result, List<StreamSourceInfo> origins, bool isMirror)
    {
        var (lagMax, seenMax) = (context.Get(LagCritical), context.Get(SeenCritical));
        var lagging = origins.FindAll(origin => context.Has(LagCritical) && origin.Lag >= lagMax);
        var silent = origins.FindAll(origin => context.Has(SeenCritical) && origin.Active.Ticks * 100 >= seenMax);
        result.Add(new CheckMetric("lag", origins.Count == 0 ? 0 : origins.Max(origin => origin.Lag), Help: "Number of operations the origins are behind"));
        result.Add(new CheckMetric("sources", origins.Count, Help: "Number of sources being tracked by this stream"));
        result.Add(new CheckMetric("sources_lagged", lagging.Count, Help: "Number of sources that are behind more than the configured threshold"));
        result.Add(new CheckMetric("sources_inactive", silent.Count, Help: "Number of sources that are inactive"));
        lagging.ForEach(origin => result.Critical($"{origin.Name} lag {Numbers.WithCommas(origin.Lag)}"));
        silent.ForEach(origin => result.Critical($"{origin.Name} last seen {Durations.Short(origin.Active.Ticks * 100)}"));
        if (!isMirror && context.Has(MinSources) && origins.Count < context.Get(MinSources))
        {
            result.Critical($"{origins.Count} sources of min expected {context.Get(MinSources)}");
        }

        if (!isMirror && context.Has(MaxSources) && origins.Count > context.Get(MaxSources))
        {
            result.Critical($"{origins.Count} sources of max expected {context.Get(MaxSources)}");
        }
    }

    private static void CheckMessages(CommandContext context, CheckResult result, ulong messages)
    {
        var text = $"{Numbers.WithCommas(messages)} messages";
        result.Add(new CheckMetric(
            "messages", messages, "", context.Get(MessagesWarn), context.Get(MessagesCritical), "Messages stored in the stream"));
        if (context.Has(MessagesCritical) && messages <= context.Get(MessagesCritical))
        {
            result.Critical(text);
        }
        else if (context.Has(MessagesWarn) && messages <= context.Get(MessagesWarn))
        {
            result.Warn(text);
        }
        else
        {
            result.Ok(text);
        }
    }

    /// <summary>Judges the number of subjects: too many, or too few where the critical number is the smaller one.</summary>
    private static void CheckSubjects(CommandContext context, CheckResult result, long subjects)
    {
        var (warn, critical) = (context.Get(SubjectsWarn), context.Get(SubjectsCritical));
        var text = $"{Numbers.WithCommas(subjects)} subjects";
        result.Add(new CheckMetric("subjects", subjects, "", Math.Max(0, warn), Math.Max(0, critical), "Number of subjects stored in the stream"));
        CheckFlags.Judge(result, subjects, warn, critical, text);
    }
}
