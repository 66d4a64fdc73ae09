using System.Net;

namespace Rivulet.Server.Transports;

/// <summary>
/// A stream of bytes in each direction, as a connection sees it: a socket, an in-process pipe, and later TLS or
/// WebSocket framing laid over either.
/// </summary>
/// <remarks>
/// At most one receive and one send are under way at a time; the callers see to that. <see cref="CloseOutput"/> is
/// called by the one who may send; <see cref="Abort"/> may come from any thread at any time and makes both directions
/// end. A layer takes the transport below it, and the bytes already read from it, by constructor; see
/// <see cref="ReplayTransport"/>.
/// </remarks>
internal interface IByteTransport : IAsyncDisposable
{
    /// <summary>The address of the peer, or null when it has none (in-process).</summary>
    IPEndPoint? RemoteEndPoint { get; }

    /// <summary>Waits for bytes and puts them into <paramref name="buffer"/>, which must not be empty.</summary>
    ValueTask<TransportResult> ReceiveAsync(Memory<byte> buffer);

    /// <summary>Whether <see cref="TryReceive"/> can tell that there is nothing. A transport that cannot is waited for.</summary>
    bool CanLook => false;

    /// <summary>Puts what is there into <paramref name="buffer"/>, without waiting.</summary>
    TransportResult TryReceive(Span<byte> buffer) => TransportResult.WouldBlock;

    /// <summary>Takes as many of <paramref name="bytes"/> as it can without waiting.</summary>
    TransportResult TrySend(ReadOnlySpan<byte> bytes);

    /// <summary>Sends all of <paramref name="bytes"/>, waiting as long as that takes.</summary>
    ValueTask<TransportResult> SendAsync(ReadOnlyMemory<byte> bytes);

    /// <summary>Tells the peer that nothing more will be sent. Receiving goes on.</summary>
    void CloseOutput();

    /// <summary>Ends both directions at once; calls under way end with <see cref="TransportStatus.Closed"/>.</summary>
    void Abort();
}
