using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rivulet.Client.JetStream;

/// <summary>A list of durations in nanoseconds.</summary>
internal sealed class NanosecondsListConverter : JsonConverter<IReadOnlyList<TimeSpan>>
{
    private static readonly NanosecondsConverter Element = new();

    public override IReadOnlyList<TimeSpan> Read(
        ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            throw new JsonException("a list of durations is expected");
        List<TimeSpan> values = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            values.Add(Element.Read(ref reader, typeof(TimeSpan), options));
        return values;
    }

    public override void Write(Utf8JsonWriter writer, IReadOnlyList<TimeSpan> value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        foreach (TimeSpan element in value)
            Element.Write(writer, element, options);
        writer.WriteEndArray();
    }
}
