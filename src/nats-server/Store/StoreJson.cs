using System.Text.Json;
using Rivulet.Storage;
using Rivulet.Storage.Checking;

namespace Rivulet.Server.Host.Store;

/// <summary>Writes what was found in a store for programs.</summary>
internal static class StoreJson
{
    private static readonly JsonWriterOptions Indented = new() { Indented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonWriterOptions OneLine = Indented with { Indented = false };

    /// <summary>Writes a report.</summary>
    public static void WriteReport(StoreReport report) => Write(Indented, json => WriteReport(json, report));

    /// <summary>Writes the outcome of a repair: the report of the damaged store, and of the new one unless nothing was damaged.</summary>
    public static void WriteRepair(RepairReport report) => Write(Indented, json =>
    {
        json.WriteStartObject();
        json.WritePropertyName("damaged_store");
        WriteReport(json, report.Damaged);
        if (report.Repaired is { } repaired)
        {
            json.WritePropertyName("repaired_store");
            WriteReport(json, repaired);
        }
        json.WriteEndObject();
    });

    /// <summary>Writes one record, on one line.</summary>
    public static void WriteRecord(RecordDescription record) => Write(OneLine, json =>
    {
        json.WriteStartObject();
        json.WriteString("file", record.File);
        json.WriteNumber("offset", record.OffsetBytes);
        json.WriteNumber("length", record.LengthBytes);
        json.WriteString("kind", record.Kind ?? "unreadable");
        json.WriteBoolean("intact", record.IsIntact);
        WriteStream(json, record.StreamId, record.Stream);
        WriteUnlessZero(json, "seq", record.Sequence);
        if (record.Subject is not null)
            json.WriteString("subject", record.Subject);
        WriteUnlessZero(json, "time_ns", (ulong)record.TimestampNanos);
        json.WriteNumber("bytes", record.ContentBytes);
        if (record.Removed.Count > 0)
            WriteNumbers(json, "removed", record.Removed);
        json.WriteEndObject();
    });

    private static void Write(JsonWriterOptions options, Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, options))
            write(json);
        Console.Out.WriteLine(System.Text.Encoding.UTF8.GetString(buffer.GetBuffer().AsSpan(0, (int)buffer.Length)));
    }

    private static void WriteReport(Utf8JsonWriter json, StoreReport report)
    {
        json.WriteStartObject();
        json.WriteString("directory", report.Directory);
        json.WriteBoolean("damaged", report.IsDamaged);
        json.WriteNumber("records", report.Records);
        WriteAll(json, "findings", report.Findings, WriteFinding);
        WriteAll(json, "segments", report.Segments, WriteSegment);
        WriteAll(json, "streams", report.Streams, WriteStream);
        json.WriteEndObject();
    }

    private static void WriteFinding(Utf8JsonWriter json, StoreFinding finding)
    {
        json.WriteString("kind", JsonNamingPolicy.SnakeCaseLower.ConvertName(finding.Kind.ToString()));
        json.WriteBoolean("damage", finding.IsDamage);
        json.WriteBoolean("loss", finding.IsLoss);
        if (finding.File is not null)
            json.WriteString("file", finding.File);
        if (finding.OffsetBytes is { } offset)
            json.WriteNumber("offset", offset);
        if (finding.LengthBytes is { } length)
            json.WriteNumber("length", length);
        WriteStream(json, finding.StreamId, finding.Stream);
        WriteUnlessZero(json, "first_seq", finding.FirstSequence);
        WriteUnlessZero(json, "last_seq", finding.LastSequence);
        json.WriteString("text", finding.Text);
    }

    private static void WriteSegment(Utf8JsonWriter json, SegmentSummary segment)
    {
        json.WriteString("file", segment.File);
        json.WriteString("role", JsonNamingPolicy.SnakeCaseLower.ConvertName(segment.Role.ToString()));
        json.WriteNumber("number", segment.Number);
        json.WriteNumber("last_number", segment.LastNumber);
        json.WriteNumber("generation", segment.Generation);
        json.WriteNumber("first_position", segment.FirstPosition);
        json.WriteNumber("end_position", segment.EndPosition);
        json.WriteNumber("file_bytes", segment.FileBytes);
        json.WriteNumber("record_bytes", segment.RecordBytes);
        json.WriteNumber("live_bytes", segment.LiveBytes);
        json.WriteNumber("dead_bytes", segment.DeadBytes);
        json.WriteStartObject("records");
        foreach ((string kind, long count) in segment.Records)
            json.WriteNumber(kind, count);
        json.WriteEndObject();
    }

    private static void WriteStream(Utf8JsonWriter json, StreamSummary stream)
    {
        StreamState state = stream.State;
        WriteStream(json, stream.StreamId, stream.Identity);
        json.WriteNumber("created_ns", stream.CreatedNanos);
        json.WriteNumber("messages", state.Messages);
        json.WriteNumber("bytes", state.Bytes);
        json.WriteNumber("subjects", state.Subjects);
        json.WriteNumber("first_seq", state.FirstSequence);
        json.WriteNumber("last_seq", state.LastSequence);
        json.WriteNumber("first_time_ns", state.FirstTimestampNanos);
        json.WriteNumber("last_time_ns", state.LastTimestampNanos);
        json.WriteNumber("deleted", state.Deleted);
        WriteNumbers(json, "lost", state.Lost);
        json.WriteStartArray("attachments");
        foreach (string key in stream.Attachments)
            json.WriteStringValue(key);
        json.WriteEndArray();
    }

    private static void WriteStream(Utf8JsonWriter json, uint streamId, StreamIdentity? identity)
    {
        WriteUnlessZero(json, "stream_id", streamId);
        if (identity is not { } known)
            return;
        json.WriteString("account", known.Account);
        json.WriteString("stream", known.Name);
    }

    private static void WriteAll<T>(Utf8JsonWriter json, string name, IReadOnlyList<T> items, Action<Utf8JsonWriter, T> write)
    {
        json.WriteStartArray(name);
        foreach (T item in items)
        {
            json.WriteStartObject();
            write(json, item);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, IReadOnlyList<ulong> numbers)
    {
        json.WriteStartArray(name);
        foreach (ulong number in numbers)
            json.WriteNumberValue(number);
        json.WriteEndArray();
    }

    private static void WriteUnlessZero(Utf8JsonWriter json, string name, ulong number)
    {
        if (number != 0)
            json.WriteNumber(name, number);
    }
}
