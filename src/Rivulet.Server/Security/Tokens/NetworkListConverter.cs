using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rivulet.Server.Security.Tokens;

/// <summary>Networks as a list, or as a text with commas in it.</summary>
internal sealed class NetworkListConverter : JsonConverter<List<string>>
{
    /// <inheritdoc/>
    public override List<string> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            return [.. reader.GetString()!.ToLowerInvariant().Split(',').Select(part => part.Trim()).Where(part => part.Length > 0).Distinct()];
        }

        if (reader.TokenType != JsonTokenType.StartArray)
            throw new JsonException("networks are a list or a text");
        var networks = new List<string>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.String)
                throw new JsonException("a network is a text");
            networks.Add(reader.GetString()!);
        }

        return networks;
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, List<string> value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        foreach (string network in value)
            writer.WriteStringValue(network);
        writer.WriteEndArray();
    }
}
