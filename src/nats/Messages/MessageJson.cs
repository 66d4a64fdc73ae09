using System.Buffers;
using System.Text.Json;
using Rivulet.Client;

namespace Rivulet.Cli.Messages;

/// <summary>
/// A message as one line of JSON, for <c>--dump</c>: <c>{"Subject":…,"Reply":…,"Header":…,"Data":base64,"Sub":null}</c>.
/// </summary>
internal static class MessageJson
{
    public static ReadOnlyMemory<byte> Write(in ShownMessage message, ReadOnlyMemory<byte> data)
    {
        var buffer = new ArrayBufferWriter<byte>(256 + (data.Length * 4 / 3));
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteString("Subject", message.Subject);
        json.WriteString("Reply", message.ReplyTo ?? "");
        WriteHeaders(json, message.Headers);
        json.WriteBase64String("Data", data.Span);
        json.WriteNull("Sub");
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }

    private static void WriteHeaders(Utf8JsonWriter json, NatsHeaders? headers)
    {
        if (headers is null)
        {
            json.WriteNull("Header");
            return;
        }

        json.WriteStartObject("Header");
        var written = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, _) in headers)
        {
            if (!written.Add(name))
            {
                continue;
            }

            json.WriteStartArray(name);
            foreach (var value in headers.GetValues(name))
            {
                json.WriteStringValue(value);
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }
}
