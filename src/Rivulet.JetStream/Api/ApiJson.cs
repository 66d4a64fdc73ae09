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

    /// <summary>Whether a request body says nothing: it is blank, <c>{}</c> or <c>[]</c>.</summary>
    public static bool IsEmpty(ReadOnlySpan<byte> body)
    {
        ReadOnlySpan<byte> text = body.Trim(" \t\r\n"u8);
        return text.IsEmpty || text.SequenceEqual("{}"u8) || text.SequenceEqual("[]"u8);
    }
}
