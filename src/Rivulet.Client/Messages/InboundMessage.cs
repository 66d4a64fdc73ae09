namespace Rivulet.Client;

/// <summary>A message as it lies in the receive buffer. Borrowed until the receiver returns.</summary>
internal readonly ref struct InboundMessage
{
    public required ReadOnlySpan<byte> Subject { get; init; }

    /// <summary>Empty: no answer is wanted.</summary>
    public required ReadOnlySpan<byte> ReplyTo { get; init; }

    /// <summary>The header block with its last line; empty: no headers.</summary>
    public required ReadOnlySpan<byte> Headers { get; init; }

    public required ReadOnlySpan<byte> Payload { get; init; }
}
