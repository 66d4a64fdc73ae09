using System.Globalization;

namespace Rivulet.Client.JetStream;

/// <summary>The headers by which a publish asks a stream for checks and treatment.</summary>
internal static class PublishHeaders
{
    public const string MessageId = "Nats-Msg-Id";
    public const string ExpectedStream = "Nats-Expected-Stream";
    public const string ExpectedLastSequence = "Nats-Expected-Last-Sequence";
    public const string ExpectedLastSubjectSequence = "Nats-Expected-Last-Subject-Sequence";
    public const string ExpectedLastSubjectSequenceSubject = "Nats-Expected-Last-Subject-Sequence-Subject";
    public const string ExpectedLastMessageId = "Nats-Expected-Last-Msg-Id";
    public const string Rollup = "Nats-Rollup";
    public const string TimeToLive = "Nats-TTL";

    /// <summary>A time to live as the header has it: <c>10s</c>, <c>1500ms</c>, <c>never</c>.</summary>
    public static string FormatTimeToLive(TimeSpan value) =>
        value == Timeout.InfiniteTimeSpan ? "never"
        : value.Ticks % TimeSpan.TicksPerSecond == 0
            ? string.Create(CultureInfo.InvariantCulture, $"{value.Ticks / TimeSpan.TicksPerSecond}s")
            : string.Create(CultureInfo.InvariantCulture, $"{value.Ticks / TimeSpan.TicksPerMillisecond}ms");
}
