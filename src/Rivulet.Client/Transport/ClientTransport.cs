namespace Rivulet.Client.Transport;

/// <summary>
/// The bytes between client and server. One receive and one send may be under way at the same time.
/// <see cref="Abort"/> makes both end, with an exception or an end of stream; the transport is disposed of once they have.
/// </summary>
internal abstract class ClientTransport : IAsyncDisposable
{
    /// <summary>Receives into the memory. 0: the peer has closed.</summary>
    public abstract ValueTask<int> ReceiveAsync(Memory<byte> memory, CancellationToken cancellationToken);

    /// <summary>Sends all of the memory.</summary>
    public abstract ValueTask SendAsync(ReadOnlyMemory<byte> memory, CancellationToken cancellationToken);

    /// <summary>Network address of the peer, as <c>127.0.0.1:4222</c>; empty where there is none.</summary>
    public virtual string RemoteAddress => "";

    /// <summary>Takes the transport apart into a stream for a TLS layer; null where TLS makes no sense.</summary>
    public virtual Stream? AsStream() => null;

    /// <summary>
    /// Says that nothing more will be sent. The peer then closes once it has read everything; closing at once instead would
    /// make it lose what it has not read yet, if we have not read all that it sent.
    /// </summary>
    public abstract ValueTask CloseSendAsync();

    /// <summary>Makes a receive and a send that are under way, and all later ones, end. Any thread, any number of times.</summary>
    public abstract void Abort();

    public abstract ValueTask DisposeAsync();
}
