namespace Rivulet.Protocol;

/// <summary>A <c>PUB</c> or <c>HPUB</c> in slices of the parser's buffer, borrowed for the call.</summary>
public readonly ref struct PublishOperation
{
    /// <summary>The subject as written; unchecked.</summary>
    public ReadOnlySpan<byte> Subject { get; init; }

    /// <summary>The reply subject; empty if there is none.</summary>
    public ReadOnlySpan<byte> ReplyTo { get; init; }

    /// <summary>Header block and payload as they lie in the buffer, one after the other.</summary>
    public ReadOnlySpan<byte> Body { get; init; }

    /// <summary>The number of bytes of <see cref="Body"/> that are header block; 0 for PUB, and possibly for HPUB.</summary>
    public int HeaderLength { get; init; }

    /// <summary>The digits of the header size as the publisher wrote them; empty for PUB. Receivers see the same digits.</summary>
    public ReadOnlySpan<byte> HeaderSizeDigits { get; init; }

    /// <summary>The digits of the total size as the publisher wrote them. Receivers see the same digits.</summary>
    public ReadOnlySpan<byte> SizeDigits { get; init; }

    /// <summary>Whether there is a header block to deliver.</summary>
    public bool HasHeaders => HeaderLength > 0;

    /// <summary>The header block; empty if there is none. Unchecked.</summary>
    public ReadOnlySpan<byte> Headers => Body[..HeaderLength];

    /// <summary>The payload.</summary>
    public ReadOnlySpan<byte> Payload => Body[HeaderLength..];
}
