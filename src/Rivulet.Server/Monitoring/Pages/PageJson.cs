using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Rivulet.JetStream.Api.Json;
using Rivulet.Server.Monitoring.Http;

namespace Rivulet.Server.Monitoring.Pages;

/// <summary>Writes pages as JSON in the reference server's layout: two blanks for each level, times with what fraction they have.</summary>
internal static class PageJson
{
    private static readonly JsonWriterOptions Layout = new()
    {
        Indented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Makes an answer of one object.</summary>
    /// <param name="write">Writes the members.</param>
    /// <param name="status">The status of the answer.</param>
    public static HttpReply Object(Action<Utf8JsonWriter> write, int status = 200)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Layout))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return HttpReply.Json(buffer.WrittenMemory, status);
    }

    /// <summary>Writes a time.</summary>
    public static void WriteTime(this Utf8JsonWriter json, string name, DateTimeOffset time)
    {
        json.WriteString(name, Rfc3339.Format(Rfc3339.ToUnixNanos(time)));
    }

    /// <summary>Writes a duration in nanoseconds.</summary>
    public static void WriteNanos(this Utf8JsonWriter json, string name, TimeSpan duration)
    {
        json.WriteNumber(name, duration.Ticks * 100);
    }

    /// <summary>Writes a text, unless it is empty.</summary>
    public static void WriteUnlessEmpty(this Utf8JsonWriter json, string name, string? text)
    {
        if (!string.IsNullOrEmpty(text))
            json.WriteString(name, text);
    }

    /// <summary>Writes an object without members.</summary>
    public static void WriteEmpty(this Utf8JsonWriter json, string name)
    {
        json.WriteStartObject(name);
        json.WriteEndObject();
    }
}
