using Rivulet.Cli.CommandLine;

namespace Rivulet.Cli.Commands.Messaging;

/// <summary>The flags of <c>nats sub</c>, and the checks that go across them.</summary>
internal static class SubscribeFlags
{
    public static readonly Flag<string> Queue = Flag.Text("queue", "Queue group to subscribe in");
    public static readonly Flag<string> Durable = Flag.Text("durable", "Durable consumer to use (requires JetStream)");
    public static readonly Flag<bool> Raw = Flag.Switch("raw", "Show message data and nothing else", 'r');
    public static readonly Flag<bool> Ack = Flag.Toggle("ack", "Acknowledge messages that came from JetStream");
    public static readonly Flag<bool> MatchReplies = Flag.Switch("match-replies", "Show requests together with their replies");
    public static readonly Flag<bool> Inbox = Flag.Switch("inbox", "Subscribe to a new inbox", 'i');
    public static readonly Flag<ulong> Count = Flag.Unsigned("count", "Number of messages after which to end");
    public static readonly Flag<string> Dump = Flag.Text("dump", "Write each message to a file of its own in this directory, or with - to STDOUT with a null behind each, as for xargs -0", "DIRECTORY");
    public static readonly Flag<bool> HeadersOnly = Flag.Switch("headers-only", "Show headers but no message data");
    public static readonly Flag<bool> SubjectsOnly = Flag.Switch("subjects-only", "Show subjects and nothing else");
    public static readonly Flag<ulong> StartSequence = Flag.Unsigned("start-sequence", "Begin with this sequence of the Stream (requires JetStream)", "SEQUENCE");
    public static readonly Flag<bool> All = Flag.Switch("all", "Begin with the first message of the Stream (requires JetStream)");
    public static readonly Flag<bool> New = Flag.Switch("new", "Show only messages to come (requires JetStream)");
    public static readonly Flag<bool> Last = Flag.Switch("last", "Begin with the last message of the Stream (requires JetStream)");
    public static readonly Flag<string> Since = Flag.Text("since", "Begin this long ago, such as 1d3h5m2s (requires JetStream)", "DURATION");
    public static readonly Flag<bool> LastPerSubject = Flag.Switch("last-per-subject", "Begin with the last message of each subject of the Stream (requires JetStream)");
    public static readonly Flag<bool> TerminateAtEnd = Flag.Switch("terminate-at-end", "End once every message of the Stream was shown", 'T');
    public static readonly Flag<string> Stream = Flag.Text("stream", "Stream to subscribe to (requires JetStream)", "STREAM");
    public static readonly Flag<string> IgnoreSubject = Flag.Texts("ignore-subject", "Subjects whose messages are not shown", "SUBJECT", 'I');
    public static readonly Flag<long> Wait = Flag.Duration("wait", "Time without messages after which to end");
    public static readonly Flag<bool> ReportSubjects = Flag.Switch("report-subjects", "Count messages by subject and show the busiest");
    public static readonly Flag<bool> ReportSubscriptions = Flag.Switch("report-subscriptions", "Count messages by subscription and show the busiest");
    public static readonly Flag<int> ReportTop = Flag.Count("report-top", "Number of subjects that 'report-subjects' shows", 10);
    public static readonly Flag<bool> Timestamp = Flag.Switch("timestamp", "Show the time of each message", 't');
    public static readonly Flag<bool> DeltaTime = Flag.Switch("delta-time", "Show the time since the start with each message", 'd');
    public static readonly Flag<bool> Graph = Flag.Switch("graph", "Draw the rate of messages as a graph");
    public static readonly Flag<bool> Direct = Flag.Switch("direct", "Read the stream by direct gets instead of a consumer (requires JetStream)");

    public static FlagSpec[] InOrder =>
    [
        Queue, Durable, Raw, Messages.BodyPrinter.Translate, Ack, MatchReplies, Inbox, Count, Dump, HeadersOnly, SubjectsOnly,
        StartSequence, All, New, Last, Since, LastPerSubject, TerminateAtEnd, Stream, IgnoreSubject, Wait, ReportSubjects,
        ReportSubscriptions, ReportTop, Timestamp, DeltaTime, Graph, Direct,
    ];
}
