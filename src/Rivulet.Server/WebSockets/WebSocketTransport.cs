using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Unicode;
using Rivulet.Server.Connections;
using Rivulet.Server.Transports;

namespace Rivulet.Server.WebSockets;

/// <summary>WebSocket framing over another transport: the server's side, after the upgrade.</summary>
/// <remarks>
/// <para><b>Receiving</b> takes frames apart in the caller's buffer, where what is left is never longer than what came. Only compressed
/// messages need memory: they are gathered up to a limit and decompressed as fast as they are read.</para>
/// <para><b>Sending</b> makes one message of what it is given. Answers to pings come from the receiving side, and go between two
/// messages: whoever's turn to send it is (<see cref="_turn"/>) sends them too.</para>
/// </remarks>
internal sealed class WebSocketTransport : IByteTransport
{
    private const int FramedAtOnceMax = 64 * 1024;
    private const int BrowserFrameBytesMax = 4096;
    private const int RawBytes = 16 * 1024;

    // A peer that sends pings and reads no answers gets the latest ones only; more would be memory for nothing.
    private const int ControlBytesMax = 4 * 1024;

    private readonly IByteTransport _below;
    private readonly WebSocketTerms _terms;
    private readonly FrameDecoder _decoder;
    private readonly EncodedOutput _output = new();
    private readonly EncodedOutput _control = new();
    private readonly Lock _lock = new();
    private Turn _turn;
    private int _controlBytes;
    private Task _controlSent = Task.CompletedTask;
    private byte[]? _closeFrame;
    private bool _closeSent;

    // What ends receiving once everything before it has been handed out.
    private TransportResult? _end;

    // Of connections with compression only.
    private byte[] _raw = [];
    private int _rawStart;
    private int _rawEnd;
    private MessageDecompressor? _decompressor;
    private long _decompressedBytes;

    /// <summary>A layer over a transport whose upgrade is done.</summary>
    public WebSocketTransport(IByteTransport below, WebSocketTerms terms)
    {
        _below = below;
        _terms = terms;
        _decoder = new FrameDecoder(isMasked: !terms.NoMasking, mayBeCompressed: terms.Compress);
    }

    private enum Turn
    {
        Nobody,
        Sender,
        Control,
    }

    private bool IsDecompressing => _decompressor is { IsReading: true };

    /// <inheritdoc/>
    public IPEndPoint? RemoteEndPoint => _below.RemoteEndPoint;

    /// <inheritdoc/>
    public ValueTask<TransportResult> ReceiveAsync(Memory<byte> buffer)
    {
        return _terms.Compress ? ReceiveThroughBufferAsync(buffer) : ReceiveInPlaceAsync(buffer);
    }

    /// <inheritdoc/>
    public TransportResult TrySend(ReadOnlyMemory<byte> bytes)
    {
        lock (_lock)
        {
            if (_turn == Turn.Control)
                return TransportResult.WouldBlock;
            _turn = Turn.Sender;
        }

        if (_output.IsEmpty)
            Frame(bytes);
        var result = _output.TrySend(_below);

        // A frame that is sent in part keeps the turn: nothing may come in between.
        if (result.Status == TransportStatus.Completed)
            EndTurn();
        return result;
    }

    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<TransportResult> SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!TryTakeTurn(out var control))
            await control.ConfigureAwait(false);
        int sentBytes = 0;
        while (sentBytes < bytes.Length || !_output.IsEmpty)
        {
            if (_output.IsEmpty)
                Frame(bytes[sentBytes..]);
            var result = await _output.SendAsync(_below).ConfigureAwait(false);
            if (result.Status != TransportStatus.Completed)
                return result;
            sentBytes += result.Bytes;
        }

        EndTurn();
        return TransportResult.Completed(sentBytes);
    }

    /// <inheritdoc/>
    public void CloseOutput(ClosedReason reason)
    {
        bool isMine;
        lock (_lock)
        {
            isMine = _turn == Turn.Nobody && !_closeSent;
            _closeSent = true;
            if (isMine)
                _turn = Turn.Sender;
        }

        // What the queue held is out, so this is the last frame. If it does not go without waiting, the end itself has to do.
        if (isMine)
            _below.TrySend(_closeFrame ?? FrameWriter.CloseFrame(CloseStatus.For(reason), reason.ToText()));
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
        await _controlSent.ConfigureAwait(false);
        _output.Release();
        _control.Release();
        if (_raw.Length > 0)
            ArrayPool<byte>.Shared.Return(_raw);
        _raw = [];
        _decompressor?.Dispose();
        await _below.DisposeAsync().ConfigureAwait(false);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<TransportResult> ReceiveInPlaceAsync(Memory<byte> buffer)
    {
        while (_end is null)
        {
            var received = await _below.ReceiveAsync(buffer).ConfigureAwait(false);
            if (received.Status != TransportStatus.Completed)
                return received;
            int kept = KeepPayload(buffer.Span[..received.Bytes]);
            if (kept > 0)
                return TransportResult.Completed(kept);
        }

        return _end.Value;
    }

    /// <summary>Moves the payload in the input to its front; returns its length.</summary>
    private int KeepPayload(Span<byte> input)
    {
        int kept = 0;
        int at = 0;
        while (_end is null)
        {
            var piece = _decoder.Next(input[at..], out int consumed);
            if (piece.Kind == FramePieceKind.NeedsMore)
                break;
            if (piece.Kind == FramePieceKind.Data)
            {
                input.Slice(at + piece.Start, piece.Length).CopyTo(input[kept..]);
                kept += piece.Length;
            }
            else
            {
                Obey(piece.Kind);
            }

            at += consumed;
        }

        return kept;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<TransportResult> ReceiveThroughBufferAsync(Memory<byte> buffer)
    {
        while (true)
        {
            int count = IsDecompressing ? Decompress(buffer.Span) : TakePayload(buffer.Span);
            if (count > 0)
                return TransportResult.Completed(count);
            if (_end is { } end)
                return end;
            if (IsDecompressing || _rawStart < _rawEnd)
                continue;
            if (_raw.Length == 0)
                _raw = ArrayPool<byte>.Shared.Rent(RawBytes);
            var received = await _below.ReceiveAsync(_raw).ConfigureAwait(false);
            if (received.Status != TransportStatus.Completed)
                return received;
            _rawStart = 0;
            _rawEnd = received.Bytes;
        }
    }

    /// <summary>Takes one piece from the buffer; returns the bytes of payload in it that need no decompression.</summary>
    private int TakePayload(Span<byte> destination)
    {
        var input = _raw.AsSpan(_rawStart, _rawEnd - _rawStart);
        if (input.IsEmpty)
            return 0;
        if (input.Length > destination.Length)
            input = input[..destination.Length];
        var piece = _decoder.Next(input, out int consumed);
        _rawStart += consumed;
        switch (piece.Kind)
        {
            case FramePieceKind.NeedsMore:
                return 0;
            case FramePieceKind.Data when piece.IsCompressed:
                Gather(input.Slice(piece.Start, piece.Length), piece.IsMessageEnd);
                return 0;
            case FramePieceKind.Data:
                input.Slice(piece.Start, piece.Length).CopyTo(destination);
                return piece.Length;
            default:
                Obey(piece.Kind);
                return 0;
        }
    }

    private void Gather(ReadOnlySpan<byte> bytes, bool isMessageEnd)
    {
        _decompressor ??= new MessageDecompressor();
        if (_decompressor.Length + bytes.Length > _terms.MessageBytesMax)
        {
            EndWith(new WebSocketException("maximum payload exceeded", CloseStatus.TooBig));
            return;
        }

        _decompressor.Gather(bytes);
        if (!isMessageEnd)
            return;
        _decompressor.Begin();
        _decompressedBytes = 0;
    }

    private int Decompress(Span<byte> destination)
    {
        int count;
        try
        {
            count = _decompressor!.Read(destination);
        }
        catch (InvalidDataException)
        {
            EndWith(new WebSocketException("flate: corrupt input", CloseStatus.InvalidData));
            return 0;
        }

        _decompressedBytes += count;
        if (_decompressedBytes <= _terms.MessageBytesMax)
            return count;
        EndWith(new WebSocketException("maximum payload exceeded", CloseStatus.TooBig));
        return 0;
    }

    private void Obey(FramePieceKind kind)
    {
        switch (kind)
        {
            case FramePieceKind.Ping:
                SendControl(FrameWriter.Control(FrameWriter.Kind.Pong, _decoder.ControlPayload));
                break;
            case FramePieceKind.Close:
                EndWith(_decoder.ControlPayload);
                break;
            case FramePieceKind.Violation:
                EndWith(_decoder.Violation!);
                break;
        }
    }

    /// <summary>The peer closes. Its frame is answered when what waits for it is out.</summary>
    private void EndWith(ReadOnlySpan<byte> closePayload)
    {
        if (closePayload.Length == 1)
        {
            EndWith(new WebSocketException("close frame payload cannot be 1 byte"));
            return;
        }

        if (closePayload.IsEmpty)
        {
            _closeFrame = FrameWriter.Control(FrameWriter.Kind.Close, []);
            _end = TransportResult.Closed;
            return;
        }

        int status = BinaryPrimitives.ReadUInt16BigEndian(closePayload);
        if (!CloseStatus.MayBeReceived(status))
        {
            EndWith(new WebSocketException($"invalid close status code {status}"));
            return;
        }

        _closeFrame = Utf8.IsValid(closePayload[2..])
            ? FrameWriter.Control(FrameWriter.Kind.Close, closePayload)
            : FrameWriter.CloseFrame(CloseStatus.InvalidData, "invalid utf8 body in close frame");
        _end = TransportResult.Closed;
    }

    private void EndWith(WebSocketException violation)
    {
        SendControl(FrameWriter.CloseFrame(violation.Status, violation.Message));
        lock (_lock)
            _closeSent = true;
        _end = TransportResult.Failed(violation);
    }

    /// <summary>Sends a control frame between two messages, now or as soon as whoever is sending is done.</summary>
    private void SendControl(ReadOnlySpan<byte> frame)
    {
        lock (_lock)
        {
            if (_closeSent || _controlBytes + frame.Length > ControlBytesMax)
                return;
            _control.Append(frame);
            _controlBytes += frame.Length;
            if (_turn != Turn.Nobody)
                return;
            _turn = Turn.Control;
        }

        _controlSent = SendControlsAsync();
    }

    private async Task SendControlsAsync()
    {
        var frames = new EncodedOutput();
        while (true)
        {
            lock (_lock)
            {
                if (_controlBytes == 0)
                {
                    _turn = Turn.Nobody;
                    return;
                }

                frames.Append(_control.Unsent);
                _control.Release();
                _controlBytes = 0;
            }

            var result = await frames.SendAsync(_below).ConfigureAwait(false);
            if (result.Status == TransportStatus.Completed)
                continue;

            // The next send finds out by itself.
            frames.Release();
            lock (_lock)
                _turn = Turn.Nobody;
            return;
        }
    }

    private bool TryTakeTurn(out Task control)
    {
        lock (_lock)
        {
            control = _controlSent;
            if (_turn == Turn.Control)
                return false;
            _turn = Turn.Sender;
            return true;
        }
    }

    private void EndTurn()
    {
        lock (_lock)
        {
            if (_controlBytes == 0)
            {
                _turn = Turn.Nobody;
                return;
            }

            _turn = Turn.Control;
        }

        _controlSent = SendControlsAsync();
    }

    private void Frame(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length > FramedAtOnceMax)
            bytes = bytes[..FramedAtOnceMax];
        _output.StandsFor(bytes.Length);
        bool compress = _terms.Compress && bytes.Length > MessageCompressor.ThresholdBytes;
        if (compress)
            WriteFrames(MessageCompressor.Compress(bytes.Span), isMessage: true, _terms.IsSafari ? int.MaxValue : FrameBytesMax);
        else
            WriteFrames(bytes.Span, isMessage: false, FrameBytesMax);
    }

    private int FrameBytesMax => _terms.IsBrowser ? BrowserFrameBytesMax : int.MaxValue;

    /// <summary>Writes bytes in frames of a limited size: those of one compressed message, or each a message.</summary>
    private void WriteFrames(ReadOnlySpan<byte> bytes, bool isMessage, int frameBytesMax)
    {
        bool isFirst = true;
        do
        {
            int length = Math.Min(bytes.Length, frameBytesMax);
            bool isLast = length == bytes.Length;
            var kind = FrameWriter.Kind.Message | FrameWriter.Kind.Final;
            if (isMessage)
            {
                kind = isFirst ? FrameWriter.Kind.Message | FrameWriter.Kind.Compressed : FrameWriter.Kind.Continuation;
                if (isLast)
                    kind |= FrameWriter.Kind.Final;
            }

            _output.Written(FrameWriter.WriteHead(_output.Reserve(FrameWriter.HeadBytesMax), kind, length));
            _output.Append(bytes[..length]);
            bytes = bytes[length..];
            isFirst = false;
        }
        while (!bytes.IsEmpty);
    }
}
