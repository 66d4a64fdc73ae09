namespace Rivulet.JetStream.Hosting;

/// <summary>One message on its way through the router. Everything in it is borrowed until the handler returns.</summary>
public readonly ref struct RoutedMessage
{
    /// <summary>Makes a message of slices of the caller's buffer.</summary>
    public RoutedMessage(
        ReadOnlySpan<byte> subject,
        ReadOnlySpan<byte> reply,
        ReadOnlySpan<byte> headers,
        ReadOnlySpan<byte> payload,
        PublisherContext? publisher)
    {
        Subject = subject;
        Reply = reply;
        Headers = headers;
        Payload = payload;
        Publisher = publisher;
    }

    /// <summary>Subject it was published on (after mappings).</summary>
    public ReadOnlySpan<byte> Subject { get; }

    /// <summary>Reply subject, empty for none.</summary>
    public ReadOnlySpan<byte> Reply { get; }

    /// <summary>Header block with its closing blank line, empty for none. Not checked by the router.</summary>
    public ReadOnlySpan<byte> Headers { get; }

    /// <summary>Payload.</summary>
    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>The client connection it came from; <c>null</c> when the server published it.</summary>
    public PublisherContext? Publisher { get; }
}
