namespace Rivulet.Server.WebSockets;

/// <summary>A peer broke the rules of WebSocket framing. It ends the connection, and is logged; it is never thrown.</summary>
/// <param name="message">Which rule, in the reference server's words.</param>
/// <param name="status">The status that the close frame carries.</param>
internal sealed class WebSocketException(string message, int status = CloseStatus.ProtocolError) : Exception(message)
{
    /// <summary>The status that the close frame carries.</summary>
    public int Status => status;
}
