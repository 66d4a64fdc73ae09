using System.Globalization;
using Rivulet.Storage;
using Rivulet.Storage.Checking;

namespace Rivulet.Server.Host.Store;

/// <summary>Writes what was found in a store for people.</summary>
internal static class StoreText
{
    private static readonly string[] SegmentColumns = ["file", "numbers", "state", "records", "file bytes", "live", "dead"];
    private static readonly string[] StreamColumns = ["stream", "messages", "bytes", "subjects", "first", "last", "lost", "attachments"];

    /// <summary>Writes the outcome of a check.</summary>
    public static void WriteCheck(StoreReport report, string directory)
    {
        WriteSummary(report);
        WriteFindings(report);
        WriteVerdict(report, directory);
    }

    /// <summary>Writes the outcome of a repair.</summary>
    public static void WriteRepair(RepairReport report, string directory, string newDirectory)
    {
        WriteSummary(report.Damaged);
        WriteFindings(report.Damaged);
        if (report.Repaired is not { } repaired)
        {
            Console.Out.WriteLine("nothing is damaged; nothing was written");
            return;
        }
        WriteSummary(repaired);
        WriteFindings(repaired);
        Console.Out.WriteLine(repaired.IsDamaged
            ? $"{newDirectory} is damaged itself: its disk does not keep what is written to it"
            : $"repaired: {newDirectory} holds what is readable of {directory}, which was left as it is");
    }

    /// <summary>Writes files and streams.</summary>
    public static void WriteInspection(StoreReport report, string directory)
    {
        WriteSummary(report);
        Console.Out.WriteLine();
        WriteTable(SegmentColumns, report.Segments.Select(Row));
        if (report.Streams.Count > 0)
        {
            Console.Out.WriteLine();
            WriteTable(StreamColumns, report.Streams.Select(Row));
        }
        Dictionary<string, long> kinds = [];
        foreach ((string kind, long count) in report.Segments.SelectMany(segment => segment.Records))
            kinds[kind] = kinds.GetValueOrDefault(kind) + count;
        Console.Out.WriteLine();
        WriteTable(["records", "count"], kinds.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => new[] { pair.Key, Count(pair.Value) }));
        if (report.Findings.Count > 0)
        {
            WriteFindings(report);
            WriteVerdict(report, directory);
        }
    }

    /// <summary>Writes one record, on one line.</summary>
    public static void WriteRecord(RecordDescription record)
    {
        string place = string.Create(CultureInfo.InvariantCulture, $"{record.File} {record.OffsetBytes}");
        if (record.Kind is null)
        {
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{place} unreadable, {record.LengthBytes} bytes"));
            return;
        }
        List<string> parts = [place, record.Kind];
        if (record.StreamId != 0)
            parts.Add(record.Stream is { } stream ? Name(stream) : string.Create(CultureInfo.InvariantCulture, $"stream number {record.StreamId}"));
        if (record.Sequence != 0)
            parts.Add(record.Sequence.ToString(CultureInfo.InvariantCulture));
        if (!string.IsNullOrEmpty(record.Subject))
            parts.Add(record.Subject);
        if (record.TimestampNanos != 0)
            parts.Add(Time(record.TimestampNanos));
        parts.Add(string.Create(CultureInfo.InvariantCulture, $"{record.ContentBytes} bytes"));
        if (record.Removed.Count > 0)
            parts.Add($"removes {string.Join(',', record.Removed)}");
        if (!record.IsIntact)
            parts.Add("DAMAGED");
        Console.Out.WriteLine(string.Join("  ", parts));
    }

    private static void WriteSummary(StoreReport report) => Console.Out.WriteLine(
        $"{report.Directory}: {Plural(report.Segments.Count, "file")} of {Count(report.Segments.Sum(segment => segment.FileBytes))} bytes, " +
        $"{Plural(report.Records, "record")}; {Plural(report.Streams.Count, "stream")} with {Plural(report.Streams.Sum(stream => (long)stream.State.Messages), "message")}");

    private static void WriteFindings(StoreReport report)
    {
        if (report.Findings.Count > 0)
            Console.Out.WriteLine();
        foreach (StoreFinding finding in report.Findings)
            Console.Out.WriteLine($"{(finding.IsDamage ? "damaged" : "note")}: {Place(finding)}{Subject(finding)}{finding.Text}");
        if (report.Findings.Count > 0)
            Console.Out.WriteLine();
    }

    private static void WriteVerdict(StoreReport report, string directory)
    {
        if (!report.IsDamaged)
        {
            Console.Out.WriteLine("nothing is damaged");
            return;
        }
        long lost = report.Findings.Where(finding => finding.IsLoss && finding.IsDamage)
            .Sum(finding => (long)(finding.LastSequence - finding.FirstSequence + 1));
        Console.Out.WriteLine($"damaged: {Plural(report.Findings.Count(finding => finding.IsDamage), "finding")}, {Plural(lost, "message")} lost");
        bool hasForeignFiles = report.Findings.Any(finding => finding.Kind == FindingKind.ForeignFile);
        if (hasForeignFiles)
            Console.Out.WriteLine("A server does not start on a store with files that are not its own: move them elsewhere.");
        bool isRefused = report.Findings.Any(finding => finding.Kind == FindingKind.UnusableSegment);
        if (hasForeignFiles && report.Findings.All(finding => finding.Kind == FindingKind.ForeignFile || !finding.IsDamage))
            return;
        Console.Out.WriteLine(isRefused
            ? "A server does not start on a store with segments that cannot be used. To write what is readable to a new store:"
            : "A server serves what is readable. To write that to a new store, without the damage:");
        Console.Out.WriteLine($"    nats-server store repair {directory} <new-dir>");
    }

    private static string Place(StoreFinding finding) => finding switch
    {
        { File: null } => "",
        { OffsetBytes: { } offset } => string.Create(CultureInfo.InvariantCulture, $"{finding.File} at offset {offset}: "),
        _ => $"{finding.File}: ",
    };

    private static string Subject(StoreFinding finding)
    {
        string stream = finding.Stream is { } known ? $"stream {Name(known)}" : $"stream number {finding.StreamId}";
        return finding switch
        {
            { StreamId: 0 } => "",
            { FirstSequence: 0 } => $"{stream}: ",
            { FirstSequence: var first, LastSequence: var last } when first == last => $"message {first} of {stream}: ",
            _ => $"messages {finding.FirstSequence} to {finding.LastSequence} of {stream}: ",
        };
    }

    private static string[] Row(SegmentSummary segment) =>
    [
        segment.File,
        segment.LastNumber > segment.Number ? $"{segment.Number} to {segment.LastNumber}" : $"{segment.Number}",
        segment.Role switch
        {
            SegmentRole.Sealed when segment.Generation > 0 => "rewritten",
            SegmentRole.Sealed => "full",
            SegmentRole.Tail => "in use",
            SegmentRole.Prepared => "made ahead",
            SegmentRole.Leftover => "left over",
            _ => "unusable",
        },
        Count(segment.Records.Values.Sum()),
        Count(segment.FileBytes),
        Count(segment.LiveBytes),
        Count(segment.DeadBytes),
    ];

    private static string[] Row(StreamSummary stream) =>
    [
        Name(stream.Identity),
        Count((long)stream.State.Messages),
        Count((long)stream.State.Bytes),
        Count((long)stream.State.Subjects),
        $"{stream.State.FirstSequence}{At(stream.State.FirstTimestampNanos)}",
        $"{stream.State.LastSequence}{At(stream.State.LastTimestampNanos)}",
        Count(stream.State.Lost.Count),
        Count(stream.Attachments.Count),
    ];

    private static void WriteTable(string[] columns, IEnumerable<string[]> rows)
    {
        List<string[]> lines = [columns, .. rows];
        int[] widths = [.. columns.Select((_, column) => lines.Max(line => line[column].Length))];
        foreach (string[] line in lines)
        {
            // Names to the left, numbers to the right.
            IEnumerable<string> cells = line.Select((cell, column) =>
                column == 0 ? cell.PadRight(widths[0]) : cell.PadLeft(widths[column]));
            Console.Out.WriteLine(string.Join("  ", cells).TrimEnd());
        }
    }

    private static string Name(StreamIdentity identity) => $"{identity.Account} > {identity.Name}";

    private static string At(long nanos) => nanos == 0 ? "" : $" @ {Time(nanos)}";

    private static string Time(long nanos) =>
        DateTimeOffset.UnixEpoch.AddTicks(nanos / 100).ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);

    private static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    private static string Plural(long count, string word) => $"{Count(count)} {word}{(count == 1 ? "" : "s")}";
}
