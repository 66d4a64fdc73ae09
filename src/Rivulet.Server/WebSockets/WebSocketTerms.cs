namespace Rivulet.Server.WebSockets;

/// <summary>What both sides of a WebSocket connection agreed on, and what there is to know about the client.</summary>
internal sealed record WebSocketTerms
{
    /// <summary>Whether messages may be compressed.</summary>
    public bool Compress { get; init; }

    /// <summary>Whether the client's frames are not masked.</summary>
    public bool NoMasking { get; init; }

    /// <summary>Whether it is likely a browser, which does better with small frames.</summary>
    public bool IsBrowser { get; init; }

    /// <summary>Whether it is likely the one that cannot take compressed messages in several frames.</summary>
    public bool IsSafari { get; init; }

    /// <summary>Most bytes of a compressed message, compressed or not.</summary>
    public long MessageBytesMax { get; init; } = 8 * 1024 * 1024;
}
