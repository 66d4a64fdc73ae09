using System.Text.Encodings.Web;
using System.Text.Json;

namespace Rivulet.JetStream.Api;

/// <summary>What the JSON of all requests and responses has in common.</summary>
internal static class ApiJson
{
    /// <summary>Responses are written compactly, and escape no more than JSON demands.</summary>
    public static JsonWriterOptions WriterOptions { get; } = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    /// <summary>Whether a request body says nothing: there is none, or it is an object without members.</summary>
    public static bool IsEmpty(ReadOnlySpan<byte> body)
    {
        if (body.IsEmpty)
            return true;
        ReadOnlySpan<byte> text = body.Trim(Blanks);
        return text.Length >= 2 && text[0] == (byte)'{' && text[^1] == (byte)'}' && text[1..^1].Trim(Blanks).IsEmpty;
    }

    private static ReadOnlySpan<byte> Blanks => " \t\r\n"u8;
}
