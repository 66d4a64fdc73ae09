using System.Net;
using System.Net.Security;
using System.Runtime.CompilerServices;
using System.Security.Authentication;
using System.Security.Cryptography;
using Rivulet.Server.Connections;
using Rivulet.Server.Tls;

namespace Rivulet.Server.Transports;

/// <summary>TLS over another transport: the server's side. Bytes pass through as they are until a handshake secures it.</summary>
/// <remarks>
/// <para>The connection reads nothing before it has decided about the handshake; <see cref="PeekAsync"/> looks at the first bytes for
/// it. Sending is possible before the handshake and after it, and not meanwhile.</para>
/// <para>A send encrypts everything that it is given, up to <see cref="EncryptedAtOnceMax"/>, and hands the records down with one call. Bytes
/// count as sent when the transport below has taken their records (<see cref="EncodedOutput"/>).</para>
/// </remarks>
internal sealed class TlsTransport : IByteTransport
{
    // As much as a chunk of output holds; four records or so.
    private const int EncryptedAtOnceMax = 64 * 1024;
    private const int PeekedBytesMax = 16;
    private const byte HandshakeRecord = 0x16;

    private readonly IByteTransport _below;
    private readonly EncodedOutput _output = new();
    private byte[] _peeked = [];
    private int _peekedStart;
    private int _peekedEnd;
    private Task<TransportResult>? _peek;
    private TransportStream? _stream;
    private SslStream? _tls;
    private volatile State _state;

    /// <summary>A layer that lets everything through.</summary>
    public TlsTransport(IByteTransport below)
    {
        _below = below;
    }

    private enum State
    {
        Plain,
        Handshake,
        Secured,
    }

    /// <inheritdoc/>
    public IPEndPoint? RemoteEndPoint => _below.RemoteEndPoint;

    /// <summary>The TLS session, once there is one.</summary>
    public SslStream? Session => _state == State.Secured ? _tls : null;

    /// <summary>Waits for the peer's first bytes, which stay to be received; the first of them, or null if none came in time.</summary>
    /// <remarks>May be called again after it gave up. A peer that has closed is told by the next receive.</remarks>
    public async Task<byte?> PeekAsync(TimeSpan timeout, TimeProvider time)
    {
        if (_peek is null)
        {
            _peeked = new byte[PeekedBytesMax];
            _peek = _below.ReceiveAsync(_peeked).AsTask();
        }

        if (timeout == Timeout.InfiniteTimeSpan)
            await _peek.ConfigureAwait(false);
        if (!_peek.IsCompleted)
        {
            using var cancel = new CancellationTokenSource();
            await Task.WhenAny(_peek, Task.Delay(timeout, time, cancel.Token)).ConfigureAwait(false);
            await cancel.CancelAsync().ConfigureAwait(false);
            if (!_peek.IsCompleted)
                return null;
        }

        var result = await _peek.ConfigureAwait(false);
        return result.Status == TransportStatus.Completed ? _peeked[0] : null;
    }

    /// <summary>Makes the handshake. Whoever wants to end it early aborts the transport.</summary>
    /// <exception cref="AuthenticationException">The peer did something that cannot be accepted, or was refused.</exception>
    /// <exception cref="IOException">The peer ended the connection.</exception>
    public async Task AuthenticateAsync(Func<SslStream, Task> authenticate)
    {
        _state = State.Handshake;

        // Bytes of another protocol would be taken for a record of some length, which would be waited for.
        if (await PeekAsync(Timeout.InfiniteTimeSpan, TimeProvider.System).ConfigureAwait(false) is not (null or HandshakeRecord))
            throw new NotTlsException();
        _stream = new TransportStream(_below, ReceiveBelowAsync);
        _tls = new SslStream(_stream, leaveInnerStreamOpen: true);
        await authenticate(_tls).ConfigureAwait(false);
        _stream.BeginGather(_output);
        _stream.EndGather();
        _state = State.Secured;
    }

    /// <inheritdoc/>
    public ValueTask<TransportResult> ReceiveAsync(Memory<byte> buffer)
    {
        return _state == State.Secured ? DecryptAsync(buffer) : ReceiveBelowAsync(buffer);
    }

    /// <inheritdoc/>
    public TransportResult TrySend(ReadOnlyMemory<byte> bytes)
    {
        if (_state != State.Secured)
            return _state == State.Plain ? _below.TrySend(bytes) : TransportResult.Closed;
        if (_output.IsEmpty && Encrypt(bytes) is { } error)
            return TransportResult.Failed(error);
        return _output.TrySend(_below);
    }

    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<TransportResult> SendAsync(ReadOnlyMemory<byte> bytes)
    {
        if (_state != State.Secured)
            return _state == State.Plain ? await _below.SendAsync(bytes).ConfigureAwait(false) : TransportResult.Closed;
        int sentBytes = 0;
        while (sentBytes < bytes.Length || !_output.IsEmpty)
        {
            if (_output.IsEmpty && Encrypt(bytes[sentBytes..]) is { } error)
                return TransportResult.Failed(error);
            var result = await _output.SendAsync(_below).ConfigureAwait(false);
            if (result.Status != TransportStatus.Completed)
                return result;
            sentBytes += result.Bytes;
        }

        return TransportResult.Completed(sentBytes);
    }

    /// <inheritdoc/>
    public void CloseOutput(ClosedReason reason)
    {
        if (_state == State.Secured)
            SayGoodbye();
        _below.CloseOutput(reason);
    }

    /// <inheritdoc/>
    public void Abort()
    {
        _below.Abort();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_tls is not null)
            await _tls.DisposeAsync().ConfigureAwait(false);
        _output.Release();
        await _below.DisposeAsync().ConfigureAwait(false);
    }

    private static bool IsTlsFailure(Exception exception)
    {
        return exception is IOException or AuthenticationException or CryptographicException or ObjectDisposedException
            or InvalidOperationException;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<TransportResult> DecryptAsync(Memory<byte> buffer)
    {
        try
        {
            int count = await _tls!.ReadAsync(buffer).ConfigureAwait(false);
            return count > 0 ? TransportResult.Completed(count) : TransportResult.Closed;
        }
        catch (Exception e) when (IsTlsFailure(e))
        {
            return TransportResult.Failed(e);
        }
    }

    private ValueTask<TransportResult> ReceiveBelowAsync(Memory<byte> buffer)
    {
        return _peek is null ? _below.ReceiveAsync(buffer) : ReceivePeekedAsync(buffer);
    }

    private async ValueTask<TransportResult> ReceivePeekedAsync(Memory<byte> buffer)
    {
        if (_peekedStart == _peekedEnd)
        {
            var result = await _peek!.ConfigureAwait(false);
            if (result.Status != TransportStatus.Completed)
                return result;
            _peekedEnd = result.Bytes;
        }

        int count = Math.Min(buffer.Length, _peekedEnd - _peekedStart);
        _peeked.AsMemory(_peekedStart, count).CopyTo(buffer);
        _peekedStart += count;
        if (_peekedStart == _peekedEnd)
        {
            _peek = null;
            _peeked = [];
        }

        return TransportResult.Completed(count);
    }

    private Exception? Encrypt(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length > EncryptedAtOnceMax)
            bytes = bytes[..EncryptedAtOnceMax];
        _stream!.BeginGather(_output);
        try
        {
            // The stream below gathers and never waits, so this is done when it returns.
            var write = _tls!.WriteAsync(bytes);
            if (!write.IsCompleted)
                return new InvalidOperationException("A write to memory had to wait.");
            write.GetAwaiter().GetResult();
            _output.StandsFor(bytes.Length);
            return null;
        }
        catch (Exception e) when (IsTlsFailure(e))
        {
            return e;
        }
        finally
        {
            _stream.EndGather();
        }
    }

    // Tells the peer that nothing was cut off, if that can be said without waiting.
    private void SayGoodbye()
    {
        if (!_output.IsEmpty)
            return;
        _stream!.BeginGather(_output);
        try
        {
            _tls!.ShutdownAsync().GetAwaiter().GetResult();
            _output.TrySend(_below);
        }
        catch (Exception e) when (IsTlsFailure(e))
        {
            // The session is broken already, and so is what this would have told.
        }
        finally
        {
            _stream.EndGather();
        }
    }
}
