using Rivulet.Server.Connections;
using Rivulet.Server.Tracing;

namespace Rivulet.Server.Routing;

/// <summary>One message to be routed. Everything in it is borrowed until the router returns.</summary>
internal readonly ref struct Publication
{
    /// <summary>Literal subject that receivers read.</summary>
    public ReadOnlySpan<byte> Subject { get; init; }

    /// <summary>Literal subject that picks the receivers; empty if it is <see cref="Subject"/>.</summary>
    public ReadOnlySpan<byte> Target { get; init; }

    /// <summary>Reply subject, empty for none.</summary>
    public ReadOnlySpan<byte> Reply { get; init; }

    /// <summary>Digits of the header block's size, as receivers read them; empty without headers.</summary>
    public ReadOnlySpan<byte> HeadersSize { get; init; }

    /// <summary>Digits of the size of headers and payload together, as receivers read them.</summary>
    public ReadOnlySpan<byte> Size { get; init; }

    /// <summary>Header block, empty for none.</summary>
    public ReadOnlySpan<byte> Headers { get; init; }

    /// <summary>Payload.</summary>
    public ReadOnlySpan<byte> Payload { get; init; }

    /// <summary>The connection it came from; null when the server publishes.</summary>
    public ClientConnection? Publisher { get; init; }

    /// <summary>How often it has been passed on from one account to another as a request or a response.</summary>
    public int Hops { get; init; }

    /// <summary>Whether the account that the request comes from lets services know who asks.</summary>
    public bool SharesRequester { get; init; }

    /// <summary>Notes what happens to the message, where it is routed as one that is traced; null where it is not.</summary>
    public MessageTrace? Trace { get; init; }

    /// <summary>The subject that picks the receivers.</summary>
    public ReadOnlySpan<byte> RoutingSubject => Target.IsEmpty ? Subject : Target;
}
