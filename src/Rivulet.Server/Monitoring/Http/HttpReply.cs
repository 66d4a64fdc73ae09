using System.Globalization;
using System.Text;

namespace Rivulet.Server.Monitoring.Http;

/// <summary>An answer: status, kind of content, content.</summary>
/// <param name="Status">Such as 200.</param>
/// <param name="ContentType">The kind of content.</param>
/// <param name="Body">The content.</param>
internal sealed record HttpReply(int Status, string ContentType, ReadOnlyMemory<byte> Body)
{
    private const string PlainText = "text/plain; charset=utf-8";

    /// <summary>JSON.</summary>
    public static HttpReply Json(ReadOnlyMemory<byte> body, int status = 200)
    {
        return new HttpReply(status, "application/json", body);
    }

    /// <summary>Plain text.</summary>
    public static HttpReply Text(int status, string text)
    {
        return new HttpReply(status, PlainText, Encoding.UTF8.GetBytes(text));
    }

    /// <summary>The first lines of the answer. The connection ends with it, so that there is nothing to keep open.</summary>
    /// <param name="date">The time to tell.</param>
    public byte[] Head(DateTimeOffset date)
    {
        string reason = Status switch
        {
            200 => "OK",
            400 => "Bad Request",
            404 => "Not Found",
            408 => "Request Timeout",
            431 => "Request Header Fields Too Large",
            500 => "Internal Server Error",
            503 => "Service Unavailable",
            _ => "Error",
        };
        return Encoding.ASCII.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $"HTTP/1.1 {Status} {reason}\r\nAccess-Control-Allow-Origin: *\r\nContent-Type: {ContentType}\r\nDate: {date.UtcDateTime:r}\r\nContent-Length: {Body.Length}\r\nConnection: close\r\n\r\n"));
    }
}
