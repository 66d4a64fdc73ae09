using System.Buffers.Text;
using System.Text.Json;
using Rivulet.JetStream.Api.Json;
using Rivulet.JetStream.Consumers.Api;

namespace Rivulet.JetStream.Consumers.Pull;

/// <summary>
/// Reads the bodies of pull requests: nothing, a number, or a JSON object whose unknown fields are ignored.
/// </summary>
/// <remarks>
/// Perf: a fetch of one message at a time sends one of these for each message, so the forms that clients send are read
/// without garbage. What does not fit, or is wrong, is read once more by the reader of the API, which knows the texts.
/// </remarks>
internal static class PullRequestReader
{
    /// <summary>Reads a body.</summary>
    /// <returns>What is wrong with it, for the client to read; <c>null</c> if nothing is.</returns>
    public static string? Read(ReadOnlySpan<byte> body, out PullRequest request)
    {
        ReadOnlySpan<byte> text = body.Trim(" \t\r\n\v\f"u8);
        if (text.IsEmpty || text[0] != (byte)'{')
        {
            bool isNumber = Utf8Parser.TryParse(text, out long batch, out int used) && used == text.Length;
            request = isNumber ? new PullRequest { Batch = batch } : PullRequest.One;
            return null;
        }

        string? mistake = null;
        if (!TryReadPlain(text, out request))
            mistake = ReadThoroughly(text, out request);
        if (mistake is not null)
            return mistake;
        return request.HeartbeatNanos > 0 && request.HeartbeatNanos > request.ExpiresNanos / 2
            ? "heartbeat value too large"
            : null;
    }

    private static bool TryReadPlain(ReadOnlySpan<byte> text, out PullRequest request)
    {
        request = new PullRequest { IsObject = true };
        var reader = new Utf8JsonReader(text);
        try
        {
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (!TryReadField(ref reader, ref request))
                    return false;
            }

            return !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static bool TryReadField(ref Utf8JsonReader reader, ref PullRequest request)
    {
        if (reader.ValueTextEquals("batch"u8))
            return TryReadNumber(ref reader, out long batch) && Set(ref request, request with { Batch = batch });
        if (reader.ValueTextEquals("expires"u8))
            return TryReadNumber(ref reader, out long nanos) && Set(ref request, request with { ExpiresNanos = nanos });
        if (reader.ValueTextEquals("idle_heartbeat"u8))
            return TryReadNumber(ref reader, out long nanos) && Set(ref request, request with { HeartbeatNanos = nanos });
        if (reader.ValueTextEquals("max_bytes"u8))
            return TryReadNumber(ref reader, out long bytes) && Set(ref request, request with { MaxBytes = bytes });
        if (!reader.ValueTextEquals("no_wait"u8))
            return false;
        reader.Read();
        return reader.TokenType is JsonTokenType.True or JsonTokenType.False
            && Set(ref request, request with { NoWait = reader.GetBoolean() });
    }

    private static bool TryReadNumber(ref Utf8JsonReader reader, out long number)
    {
        number = 0;
        reader.Read();
        return reader.TokenType == JsonTokenType.Number
            && Utf8Parser.TryParse(reader.ValueSpan, out number, out int used)
            && used == reader.ValueSpan.Length;
    }

    private static bool Set(ref PullRequest request, in PullRequest changed)
    {
        request = changed;
        return true;
    }

    private static string? ReadThoroughly(ReadOnlySpan<byte> text, out PullRequest request)
    {
        request = new PullRequest { IsObject = true };
        var fields = new Fields();
        string? mistake = PlainJson.Read(text, root: "", fields, ReadMember);
        request = new PullRequest
        {
            IsObject = true,
            Batch = fields.Batch,
            MaxBytes = fields.MaxBytes,
            ExpiresNanos = fields.ExpiresNanos,
            HeartbeatNanos = fields.HeartbeatNanos,
            NoWait = fields.NoWait,
            Group = fields.Group,
            PinId = fields.PinId,
            MinPending = fields.MinPending,
            MinAckPending = fields.MinAckPending,
            Priority = (int)Math.Clamp(fields.Priority, -1, 10),
        };
        return mistake;
    }

    private static bool ReadMember(ref RequestReader json, Fields f)
    {
        if (json.Is("batch"))
            f.Batch = json.Int(f.Batch);
        else if (json.Is("expires"))
            f.ExpiresNanos = json.Duration(f.ExpiresNanos);
        else if (json.Is("idle_heartbeat"))
            f.HeartbeatNanos = json.Duration(f.HeartbeatNanos);
        else if (json.Is("max_bytes"))
            f.MaxBytes = json.Int(f.MaxBytes);
        else if (json.Is("no_wait"))
            f.NoWait = json.Bool(f.NoWait);
        else
            return ReadPriorityMember(ref json, f);
        return true;
    }

    private static bool ReadPriorityMember(ref RequestReader json, Fields f)
    {
        if (json.Is("group"))
            f.Group = json.String(f.Group);
        else if (json.Is("id"))
            f.PinId = json.String(f.PinId);
        else if (json.Is("min_pending"))
            f.MinPending = json.Int64(f.MinPending);
        else if (json.Is("min_ack_pending"))
            f.MinAckPending = json.Int64(f.MinAckPending);
        else if (json.Is("priority"))
            f.Priority = json.Int(f.Priority);
        else
            return false;
        return true;
    }

    private sealed class Fields
    {
        public long Batch { get; set; }

        public long MaxBytes { get; set; }

        public long ExpiresNanos { get; set; }

        public long HeartbeatNanos { get; set; }

        public bool NoWait { get; set; }

        public string Group { get; set; } = "";

        public string PinId { get; set; } = "";

        public long MinPending { get; set; }

        public long MinAckPending { get; set; }

        public long Priority { get; set; }
    }
}
