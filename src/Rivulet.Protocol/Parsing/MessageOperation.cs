namespace Rivulet.Protocol;

/// <summary>A <c>MSG</c> or <c>HMSG</c> in slices of the parser's buffer, borrowed for the call.</summary>
public readonly ref struct MessageOperation
{
    /// <summary>The subject the message was published to.</summary>
    public ReadOnlySpan<byte> Subject { get; init; }

    /// <summary>The receiver's name for the subscription.</summary>
    public ReadOnlySpan<byte> Sid { get; init; }

    /// <summary>The reply subject; empty if there is none.</summary>
    public ReadOnlySpan<byte> ReplyTo { get; init; }

    /// <summary>Header block and payload as they lie in the buffer, one after the other.</summary>
    public ReadOnlySpan<byte> Body { get; init; }

    /// <summary>The number of bytes of <see cref="Body"/> that are header block; 0 for MSG.</summary>
    public int HeaderLength { get; init; }

    /// <summary>The header block; empty if there is none. Unchecked.</summary>
    public ReadOnlySpan<byte> Headers => Body[..HeaderLength];

    /// <summary>The payload.</summary>
    public ReadOnlySpan<byte> Payload => Body[HeaderLength..];
}
