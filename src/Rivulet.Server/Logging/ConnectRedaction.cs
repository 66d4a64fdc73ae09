using System.Text;
using System.Text.Json;

namespace Rivulet.Server.Logging;

/// <summary>The JSON of a CONNECT as a log may have it: secrets, and what could be used as one, are struck out.</summary>
/// <remarks>
/// Struck out are the values under keys that begin with <c>pass</c> or <c>auth_token</c>, and of <c>sig</c>, <c>proxy_sig</c> and
/// <c>nkey</c>, as in the reference server, and of <c>jwt</c>, because a bearer token is a secret. Keys are read as the
/// server reads them, escapes and any case included; all else stays as it came. What is not JSON is struck out as a whole. Only for
/// tracing, so it may allocate.
/// </remarks>
internal static class ConnectRedaction
{
    private const string Redacted = "[REDACTED]";

    /// <summary>The text without secrets.</summary>
    public static string Of(ReadOnlySpan<byte> json)
    {
        try
        {
            return Strike(json);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Not JSON, or a key with half a surrogate pair in it.
            return Redacted;
        }
    }

    private static string Strike(ReadOnlySpan<byte> json)
    {
        var text = new StringBuilder(json.Length);
        var reader = new Utf8JsonReader(json);
        int copied = 0;
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName || !IsSecret(reader.GetString()!))
                continue;
            reader.Read();
            text.Append(Encoding.UTF8.GetString(json[copied..(int)reader.TokenStartIndex])).Append('"').Append(Redacted).Append('"');
            reader.Skip();
            copied = (int)reader.BytesConsumed;
        }

        return text.Append(Encoding.UTF8.GetString(json[copied..])).ToString();
    }

    private static bool IsSecret(string key)
    {
        return key.StartsWith("pass", StringComparison.OrdinalIgnoreCase)
            || key.StartsWith("auth_token", StringComparison.OrdinalIgnoreCase)
            || key.ToLowerInvariant() is "sig" or "proxy_sig" or "nkey" or "jwt";
    }
}
