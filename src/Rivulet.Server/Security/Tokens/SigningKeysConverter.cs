using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rivulet.Server.Security.Tokens;

/// <summary>Signing keys: a list, in which a text is a key that may do anything, and an object a key with a scope.</summary>
internal sealed class SigningKeysConverter : JsonConverter<Dictionary<string, UserScopeClaims?>>
{
    /// <inheritdoc/>
    public override Dictionary<string, UserScopeClaims?> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            throw new JsonException("signing keys are a list");
        var keys = new Dictionary<string, UserScopeClaims?>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.String)
            {
                keys[reader.GetString()!] = null;
                continue;
            }

            var scope = JsonSerializer.Deserialize(ref reader, ClaimsJsonContext.Default.UserScopeClaims);
            if (scope?.Kind != UserScopeClaims.UserScope)
                throw new JsonException($"unknown signing key scope \"{scope?.Kind}\"");
            keys[scope.Key] = scope;
        }

        return keys;
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, Dictionary<string, UserScopeClaims?> value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        foreach (var (key, scope) in value.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            if (scope is null)
                writer.WriteStringValue(key);
            else
                JsonSerializer.Serialize(writer, scope, ClaimsJsonContext.Default.UserScopeClaims);
        }

        writer.WriteEndArray();
    }
}
