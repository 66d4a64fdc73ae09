using System.Buffers.Binary;
using System.Text;
using Rivulet.Server.WebSockets;

namespace Rivulet.Server.Tests.Allocation;

/// <summary>The client's side of WebSocket framing, without allocation: each write is a message, reads give the payload of what comes.</summary>
internal sealed class SteadyFrames : Stream
{
    private static readonly byte[] Mask = [0x11, 0x22, 0x33, 0x44];

    private readonly Stream _below;
    private readonly byte[] _frame = new byte[1 << 20];
    private readonly byte[] _head = new byte[10];
    private readonly MessageDecompressor? _decompressor;
    private int _remaining;

    public SteadyFrames(Stream below, bool compress = false)
    {
        _below = below;
        _decompressor = compress ? new MessageDecompressor() : null;
        string extensions = compress ? "Sec-WebSocket-Extensions: permessage-deflate\r\n" : "";
        below.Write(Encoding.ASCII.GetBytes(
            $"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{extensions}\r\n"));
        for (int matched = 0; matched < 4;)
            matched = below.ReadByte() == "\r\n\r\n"[matched] ? matched + 1 : 0;
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        _frame[0] = 0x82;
        if (_decompressor is not null)
        {
            buffer = MessageCompressor.Compress(buffer);
            _frame[0] = 0xc2;
        }

        int head;
        if (buffer.Length <= 125)
        {
            head = 2;
            _frame[1] = (byte)(0x80 | buffer.Length);
        }
        else if (buffer.Length <= ushort.MaxValue)
        {
            head = 4;
            _frame[1] = 0xfe;
            BinaryPrimitives.WriteUInt16BigEndian(_frame.AsSpan(2), (ushort)buffer.Length);
        }
        else
        {
            head = 10;
            _frame[1] = 0xff;
            BinaryPrimitives.WriteUInt64BigEndian(_frame.AsSpan(2), (ulong)buffer.Length);
        }

        Mask.CopyTo(_frame, head);
        for (int i = 0; i < buffer.Length; i++)
            _frame[head + 4 + i] = (byte)(buffer[i] ^ Mask[i & 3]);
        _below.Write(_frame, 0, head + 4 + buffer.Length);
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        while (_remaining == 0)
        {
            if (_decompressor is { IsReading: true } && _decompressor.Read(buffer.AsSpan(offset, count)) is > 0 and var decompressed)
                return decompressed;
            _below.ReadExactly(_head, 0, 2);
            bool isCompressed = (_head[0] & 0x40) != 0;
            int lengthBytes = _head[1] switch { 126 => 2, 127 => 8, _ => 0 };
            _remaining = _head[1];
            if (lengthBytes > 0)
            {
                _below.ReadExactly(_head, 0, lengthBytes);
                _remaining = lengthBytes == 2
                    ? BinaryPrimitives.ReadUInt16BigEndian(_head)
                    : (int)BinaryPrimitives.ReadUInt64BigEndian(_head);
            }

            if (isCompressed)
            {
                _below.ReadExactly(_frame, 0, _remaining);
                _decompressor!.Gather(_frame.AsSpan(0, _remaining));
                _decompressor.Begin();
                _remaining = 0;
            }
        }

        int read = _below.Read(buffer, offset, Math.Min(count, _remaining));
        _remaining -= read;
        return read;
    }

    public override void Write(byte[] buffer, int offset, int count)
    {
        Write(buffer.AsSpan(offset, count));
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin)
    {
        throw new NotSupportedException();
    }

    public override void SetLength(long value)
    {
        throw new NotSupportedException();
    }
}
