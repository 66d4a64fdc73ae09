namespace Rivulet.Storage;

/// <summary>One message of an atomic batch, see <see cref="StreamLog.AppendBatch"/>. Its memory is borrowed for the call.</summary>
public readonly struct BatchMessage
{
    /// <summary>A literal subject; not validated here.</summary>
    public ReadOnlyMemory<byte> Subject { get; init; }

    /// <summary>A whole header block as it came over the wire, or empty.</summary>
    public ReadOnlyMemory<byte> Headers { get; init; }

    /// <summary>The payload, or empty.</summary>
    public ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>As <see cref="NewMessage.TimestampNanos"/>.</summary>
    public long TimestampNanos { get; init; }

    /// <summary>As <see cref="NewMessage.ExpiresAtNanos"/>.</summary>
    public long ExpiresAtNanos { get; init; }

    /// <summary>Which older messages this one removes, those ahead of it in the batch included.</summary>
    public RollupScope Rollup { get; init; }

    internal NewMessage AsNewMessage() => new()
    {
        Subject = Subject.Span,
        Headers = Headers.Span,
        Payload = Payload.Span,
        TimestampNanos = TimestampNanos,
        ExpiresAtNanos = ExpiresAtNanos,
        Rollup = Rollup,
    };
}
