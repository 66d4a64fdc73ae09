using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Rivulet.Server.WebSockets;

/// <summary>Takes WebSocket frames (RFC 6455, section 5) apart as they come, in pieces of any size, and unmasks payload in place.</summary>
/// <remarks>
/// <code>
///  0 1 2 3 4 5 6 7   0 1 2 3 4 5 6 7
/// +-+-+-+-+-------+ +-+-------------+- - - - - - - - - +- - - - - +-----------
/// |F|R|R|R| opcode| |M| length      | 126: 2 bytes more | mask key | payload
/// |I|S|S|S|       | |A| (0 to 127)  | 127: 8 bytes more | if MASK  |
/// |N|V|V|V|       | |S|             | big endian        | 4 bytes  |
/// +-+-+-+-+-------+ +-+-------------+- - - - - - - - - +- - - - - +-----------
/// </code>
/// <para>RSV1 of a message's first frame says that it is compressed (RFC 7692). Control frames (opcodes from 8) may come between the
/// frames of a message, are whole and at most 125 bytes. Payload is passed on as it comes: the length of a frame means nothing for
/// memory. One thread; allocates nothing after its making but for violations.</para>
/// </remarks>
internal sealed class FrameDecoder
{
    /// <summary>Most bytes of payload in a control frame.</summary>
    public const int ControlBytesMax = 125;

    private const int HeaderBytesMax = 14;
    private const byte FinalBit = 0x80;
    private const byte CompressedBit = 0x40;
    private const byte ReservedBits = 0x30;
    private const byte MaskBit = 0x80;

    private readonly bool _isMasked;
    private readonly bool _mayBeCompressed;
    private readonly byte[] _header = new byte[HeaderBytesMax];
    private readonly byte[] _control = new byte[ControlBytesMax];
    private int _headerBytes;
    private int _headerBytesWanted = 2;
    private int _controlBytes;
    private bool _isInFrame;
    private bool _isControl;
    private long _remaining;
    private uint _mask;
    private int _maskAt;
    private bool _isMessageOpen;
    private bool _isFinal;
    private bool _isCompressed;

    /// <summary>A decoder at the beginning of a stream.</summary>
    /// <param name="isMasked">Whether frames must be masked; clients' must, unless agreed otherwise.</param>
    /// <param name="mayBeCompressed">Whether messages may be compressed.</param>
    public FrameDecoder(bool isMasked, bool mayBeCompressed)
    {
        _isMasked = isMasked;
        _mayBeCompressed = mayBeCompressed;
    }

    /// <summary>The payload of the control frame that was found last.</summary>
    public ReadOnlySpan<byte> ControlPayload => _control.AsSpan(0, _controlBytes);

    /// <summary>The rule that was broken; null while none is.</summary>
    public WebSocketException? Violation { get; private set; }

    private Opcode FrameOpcode => (Opcode)(_header[0] & 0x0f);

    private enum Opcode : byte
    {
        Continuation = 0,
        Text = 1,
        Binary = 2,
        Close = 8,
        Ping = 9,
        Pong = 10,
    }

    /// <summary>Finds the next piece.</summary>
    /// <param name="input">What has been received and not consumed.</param>
    /// <param name="consumed">Bytes that belong to what was found, or that were taken in.</param>
    public FramePiece Next(Span<byte> input, out int consumed)
    {
        consumed = 0;
        if (Violation is not null)
            return new FramePiece(FramePieceKind.Violation);
        if (!_isInFrame)
        {
            if (!TakeHeader(input, ref consumed))
                return new FramePiece(Violation is null ? FramePieceKind.NeedsMore : FramePieceKind.Violation);
            BeginFrame();
        }

        return _isControl ? TakeControl(input, ref consumed) : TakeData(input, ref consumed);
    }

    /// <summary>Applies a mask.</summary>
    /// <param name="bytes">What to apply it to, in place.</param>
    /// <param name="mask">The mask key's bytes in the order of the memory of this machine.</param>
    /// <param name="at">Which of the four bytes is first.</param>
    internal static void ApplyMask(Span<byte> bytes, uint mask, int at)
    {
        uint rotated = BitConverter.IsLittleEndian
            ? System.Numerics.BitOperations.RotateRight(mask, at * 8)
            : System.Numerics.BitOperations.RotateLeft(mask, at * 8);
        ulong wide = rotated | ((ulong)rotated << 32);
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        for (int i = 0; i < words.Length; i++)
            words[i] ^= wide;
        Span<byte> key = stackalloc byte[sizeof(uint)];
        MemoryMarshal.Write(key, rotated);
        for (int i = words.Length * sizeof(ulong); i < bytes.Length; i++)
            bytes[i] ^= key[i & 3];
    }

    private bool TakeHeader(ReadOnlySpan<byte> input, ref int consumed)
    {
        while (true)
        {
            int count = Math.Min(_headerBytesWanted - _headerBytes, input.Length - consumed);
            input.Slice(consumed, count).CopyTo(_header.AsSpan(_headerBytes));
            _headerBytes += count;
            consumed += count;
            if (_headerBytes < _headerBytesWanted)
                return false;
            if (_headerBytesWanted > 2)
                return TakeLength();
            if ((Violation = Check(_header[0], _header[1])) is not null)
                return false;
            _headerBytesWanted = HeaderBytes(_header[1]);
            if (_headerBytesWanted == 2)
                return TakeLength();
        }
    }

    private static int HeaderBytes(byte second)
    {
        int length = second & 0x7f;
        int lengthBytes = length == 126 ? 2 : length == 127 ? 8 : 0;
        return 2 + lengthBytes + ((second & MaskBit) != 0 ? 4 : 0);
    }

    private WebSocketException? Check(byte first, byte second)
    {
        bool isFinal = (first & FinalBit) != 0;
        bool isCompressed = (first & CompressedBit) != 0;
        if ((first & ReservedBits) != 0)
            return new WebSocketException("RSV2 and RSV3 must be clear");
        if (isCompressed && !_mayBeCompressed)
            return new WebSocketException("compressed frame received without negotiated permessage-deflate");
        if (_isMasked && (second & MaskBit) == 0)
            return new WebSocketException("mask bit missing");
        switch (FrameOpcode)
        {
            case Opcode.Close or Opcode.Ping or Opcode.Pong when (second & 0x7f) > ControlBytesMax:
                return new WebSocketException($"control frame length bigger than maximum allowed of {ControlBytesMax} bytes");
            case Opcode.Close or Opcode.Ping or Opcode.Pong when !isFinal:
                return new WebSocketException("control frame does not have final bit set");
            case Opcode.Close or Opcode.Ping or Opcode.Pong when isCompressed:
                return new WebSocketException("control frame must not be compressed");
            case Opcode.Close or Opcode.Ping or Opcode.Pong:
                return null;
            case Opcode.Text or Opcode.Binary when _isMessageOpen:
                return new WebSocketException("new message started before final frame for previous message was received");
            case Opcode.Text or Opcode.Binary:
                return null;
            case Opcode.Continuation when !_isMessageOpen || isCompressed:
                return new WebSocketException("invalid continuation frame");
            case Opcode.Continuation:
                return null;
            default:
                return new WebSocketException($"unknown opcode {first & 0x0f}");
        }
    }

    private bool TakeLength()
    {
        int length = _header[1] & 0x7f;
        ulong bytes = length switch
        {
            126 => BinaryPrimitives.ReadUInt16BigEndian(_header.AsSpan(2)),
            127 => BinaryPrimitives.ReadUInt64BigEndian(_header.AsSpan(2)),
            _ => (ulong)length,
        };
        if (bytes > long.MaxValue)
        {
            Violation = new WebSocketException("invalid 64-bit payload length");
            return false;
        }

        _remaining = (long)bytes;
        return true;
    }

    private void BeginFrame()
    {
        _isInFrame = true;
        _mask = (_header[1] & MaskBit) != 0 ? MemoryMarshal.Read<uint>(_header.AsSpan(_headerBytesWanted - 4)) : 0;
        _maskAt = 0;
        _isControl = FrameOpcode >= Opcode.Close;
        if (_isControl)
        {
            _controlBytes = 0;
            return;
        }

        _isFinal = (_header[0] & FinalBit) != 0;
        if (FrameOpcode != Opcode.Continuation)
            _isCompressed = (_header[0] & CompressedBit) != 0;
        _isMessageOpen = !_isFinal;
    }

    private FramePiece TakeControl(Span<byte> input, ref int consumed)
    {
        int count = (int)Math.Min(_remaining, input.Length - consumed);
        var bytes = input.Slice(consumed, count);
        Unmask(bytes);
        bytes.CopyTo(_control.AsSpan(_controlBytes));
        _controlBytes += count;
        _remaining -= count;
        consumed += count;
        if (_remaining > 0)
            return new FramePiece(FramePieceKind.NeedsMore);
        var kind = FrameOpcode switch
        {
            Opcode.Ping => FramePieceKind.Ping,
            Opcode.Pong => FramePieceKind.Pong,
            _ => FramePieceKind.Close,
        };
        EndFrame();
        return new FramePiece(kind);
    }

    private FramePiece TakeData(Span<byte> input, ref int consumed)
    {
        int start = consumed;
        int count = (int)Math.Min(_remaining, input.Length - consumed);
        if (count == 0 && _remaining > 0)
            return new FramePiece(FramePieceKind.NeedsMore);
        Unmask(input.Slice(start, count));
        _remaining -= count;
        consumed += count;
        if (_remaining == 0)
            EndFrame();
        return new FramePiece(FramePieceKind.Data, start, count, _isCompressed, _isFinal && _remaining == 0);
    }

    private void EndFrame()
    {
        _isInFrame = false;
        _headerBytes = 0;
        _headerBytesWanted = 2;
    }

    private void Unmask(Span<byte> bytes)
    {
        if (_mask == 0)
            return;
        ApplyMask(bytes, _mask, _maskAt);
        _maskAt = (_maskAt + bytes.Length) & 3;
    }
}
