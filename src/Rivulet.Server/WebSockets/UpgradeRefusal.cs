using System.Globalization;
using System.Net;
using System.Text;

namespace Rivulet.Server.WebSockets;

/// <summary>Why a request gets no WebSocket.</summary>
/// <param name="Status">The status of the answer.</param>
/// <param name="Reason">What the log says.</param>
internal sealed record UpgradeRefusal(HttpStatusCode Status, string Reason)
{
    /// <summary>The answer: the status, in words too, and the version that would have been right.</summary>
    /// <param name="date">The time to tell.</param>
    public byte[] Answer(DateTimeOffset date)
    {
        string text = Status switch
        {
            HttpStatusCode.BadRequest => "Bad Request",
            HttpStatusCode.Forbidden => "Forbidden",
            HttpStatusCode.NotFound => "Not Found",
            HttpStatusCode.MethodNotAllowed => "Method Not Allowed",
            HttpStatusCode.RequestHeaderFieldsTooLarge => "Request Header Fields Too Large",
            _ => Status.ToString(),
        };
        return Encoding.ASCII.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $"HTTP/1.1 {(int)Status} {text}\r\nContent-Type: text/plain; charset=utf-8\r\nSec-Websocket-Version: 13\r\nX-Content-Type-Options: nosniff\r\nDate: {date.UtcDateTime:r}\r\nContent-Length: {text.Length + 1}\r\nConnection: close\r\n\r\n{text}\n"));
    }
}
