using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rivulet.Server.Security.Tokens;

/// <summary>A percentage, or <c>"headers"</c>, which is 0.</summary>
internal sealed class SamplingConverter : JsonConverter<int>
{
    private const string Headers = "headers";

    /// <inheritdoc/>
    public override int Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Number)
            return reader.GetInt32();
        if (reader.TokenType == JsonTokenType.String && Headers.Equals(reader.GetString(), StringComparison.OrdinalIgnoreCase))
            return 0;
        throw new JsonException("unknown sampling rate");
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, int value, JsonSerializerOptions options)
    {
        if (value == 0)
            writer.WriteStringValue(Headers);
        else
            writer.WriteNumberValue(value);
    }
}
