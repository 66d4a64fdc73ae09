using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Rivulet.JetStream.Streams;

/// <summary>
/// What the counters of other streams contributed to one: the value of <c>Nats-Counter-Sources</c>, by stream and subject.
/// </summary>
internal sealed class CounterSources
{
    private readonly SortedDictionary<string, SortedDictionary<string, string>> _streams = new(StringComparer.Ordinal);

    /// <summary>Reads the value of a header, which may be anything.</summary>
    /// <param name="header">The value; empty for none.</param>
    /// <param name="sources">What it says.</param>
    public static bool TryRead(ReadOnlySpan<byte> header, [NotNullWhen(true)] out CounterSources? sources)
    {
        sources = new CounterSources();
        if (header.IsEmpty)
            return true;
        try
        {
            var reader = new Utf8JsonReader(header);
            using JsonDocument document = JsonDocument.ParseValue(ref reader);
            bool isRead = !reader.Read() && document.RootElement.ValueKind == JsonValueKind.Object
                && sources.Take(document.RootElement);
            if (!isRead)
                sources = null;
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            sources = null;
        }

        return sources is not null;
    }

    /// <summary>Reads the value of a header and writes it again in its order.</summary>
    /// <param name="header">The value.</param>
    /// <param name="written">The value; <c>null</c> if it says nothing.</param>
    /// <returns>Whether it could be read.</returns>
    public static bool TryNormalize(ReadOnlySpan<byte> header, out byte[]? written)
    {
        bool isRead = TryRead(header, out CounterSources? sources);
        written = sources is { _streams.Count: > 0 } ? sources.Write() : null;
        return isRead;
    }

    /// <summary>Sets what a counter has come to.</summary>
    /// <returns>What it had come to before; empty for nothing.</returns>
    public string Exchange(string stream, string subject, string value)
    {
        if (!_streams.TryGetValue(stream, out SortedDictionary<string, string>? subjects))
            _streams[stream] = subjects = new SortedDictionary<string, string>(StringComparer.Ordinal);
        string before = subjects.GetValueOrDefault(subject, "");
        subjects[subject] = value;
        return before;
    }

    /// <summary>The value of the header.</summary>
    public byte[] Write()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach ((string stream, SortedDictionary<string, string> subjects) in _streams)
            {
                json.WriteStartObject(stream);
                foreach ((string subject, string value) in subjects)
                    json.WriteString(subject, value);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private bool Take(JsonElement root)
    {
        foreach (JsonProperty stream in root.EnumerateObject())
        {
            if (stream.Value.ValueKind != JsonValueKind.Object)
                return false;
            var subjects = new SortedDictionary<string, string>(StringComparer.Ordinal);
            foreach (JsonProperty subject in stream.Value.EnumerateObject())
            {
                if (subject.Value.ValueKind != JsonValueKind.String)
                    return false;
                subjects[subject.Name] = subject.Value.GetString()!;
            }

            _streams[stream.Name] = subjects;
        }

        return true;
    }
}
