using System.Buffers;
using System.IO.Compression;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Rivulet.Server.SystemRequests;

/// <summary>JSON as the server says it in the system account: on one line.</summary>
internal static class SystemJson
{
    /// <summary>How it is written.</summary>
    public static readonly JsonWriterOptions Layout = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The headers of an answer that is compressed.</summary>
    public static ReadOnlySpan<byte> CompressedHeaders => "NATS/1.0\r\nContent-Encoding: gzip\r\n\r\n"u8;

    /// <summary>Compresses a text, for those who ask for that.</summary>
    public static ReadOnlyMemory<byte> Compress(ReadOnlyMemory<byte> json)
    {
        using var buffer = new MemoryStream();
        using (var gzip = new GZipStream(buffer, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(json.Span);
        return buffer.ToArray();
    }

    /// <summary>Makes one object.</summary>
    /// <param name="write">Writes its members.</param>
    public static ReadOnlyMemory<byte> Object(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Layout))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }
}
