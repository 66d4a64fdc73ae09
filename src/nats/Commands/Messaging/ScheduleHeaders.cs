using System.Globalization;
using Rivulet.Cli.CommandLine;
using Rivulet.Cli.Formats;
using Rivulet.Client;

namespace Rivulet.Cli.Commands.Messaging;

/// <summary>The flags by which <c>nats pub</c> leaves a message with a stream to be published later, and their headers.</summary>
internal static class ScheduleHeaders
{
    public static readonly Flag<long> After = Flag.Duration("schedule-after", "Publish the message after this time (implies --jetstream)", "DURATION");
    public static readonly Flag<string> At = Flag.Text("schedule-at", "Publish the message at this RFC3339 time (implies --jetstream)", "TIME");
    public static readonly Flag<string> Cron = Flag.Text("schedule-cron", "Publish the message whenever this cron line says (implies --jetstream)", "CRON");
    public static readonly Flag<string> Destination = Flag.Text("schedule-dest", "Subject that the schedule publishes to when it fires (implies --jetstream)", "SUBJECT");
    public static readonly Flag<long> Every = Flag.Duration("schedule-every", "Publish the message again and again at this interval (implies --jetstream)", "DURATION");
    public static readonly Flag<string> Source = Flag.Text("schedule-source", "Subject whose last message is published when the schedule fires (implies --jetstream)", "SUBJECT");
    public static readonly Flag<long> Ttl = Flag.Duration("schedule-ttl", "Time that the published messages stay in the stream", "DURATION");

    /// <summary>True when a flag asks for a schedule.</summary>
    public static bool IsAsked(CommandContext context) =>
        context.Has(After) || context.Has(Every) || context.Text(At).Length > 0 || context.Text(Cron).Length > 0
        || context.Text(Source).Length > 0 || context.Text(Destination).Length > 0 || context.Get(Ttl) > 0;

    /// <exception cref="CliException">The flags contradict each other, or one is missing.</exception>
    public static void Check(CommandContext context)
    {
        var (isAt, isAfter, isEvery, isCron) =
            (context.Text(At).Length > 0, context.Has(After), context.Has(Every), context.Text(Cron).Length > 0);
        Require(context.Text(Destination).Length > 0, "schedule destination is required when setting schedule properties");
        Require(!isAfter || context.Get(After) > 0, "--schedule-after must be greater than 0");
        Require(!isEvery || context.Get(Every) > 0, "--schedule-every must be greater than 0");
        Require(!isAt || !isAfter, "--schedule-at and --schedule-after are mutually exclusive");
        Require(!isEvery || !(isAt || isAfter), "--schedule-every may not be used with --schedule-at or --schedule-after");
        Require(!isCron || !(isAt || isAfter || isEvery), "--schedule-at, --schedule-every and --schedule-after may not be used with --schedule-cron");
        if (isAt)
        {
            ParseTime(context.Text(At));
        }
    }

    public static void AddTo(NatsHeaders headers, CommandContext context)
    {
        headers["Nats-Schedule-Target"] = context.Text(Destination);
        if (Pattern(context) is { } pattern)
        {
            headers["Nats-Schedule"] = pattern;
        }

        if (context.Get(Ttl) > 0)
        {
            headers["Nats-Schedule-TTL"] = Durations.Exact(context.Get(Ttl));
        }

        if (context.Text(Source).Length > 0)
        {
            headers["Nats-Schedule-Source"] = context.Text(Source);
        }
    }

    private static string? Pattern(CommandContext context)
    {
        if (context.Text(At).Length > 0)
        {
            return "@at " + Stamp(ParseTime(context.Text(At)));
        }

        if (context.Has(After))
        {
            return "@at " + Stamp(context.Host.Clock.GetUtcNow() + Durations.ToTimeSpan(context.Get(After)));
        }

        if (context.Has(Every))
        {
            return "@every " + Durations.Exact(context.Get(Every));
        }

        return context.Text(Cron).Length > 0 ? context.Text(Cron) : null;
    }

    private static string Stamp(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static DateTimeOffset ParseTime(string text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) && text.Contains('T', StringComparison.OrdinalIgnoreCase)
            ? time
            : throw new CliException($"parsing time {Quoting.Quote(text)} as \"2006-01-02T15:04:05Z07:00\": cannot parse");

    private static void Require(bool condition, string text)
    {
        if (!condition)
        {
            throw new CliException(text);
        }
    }
}
