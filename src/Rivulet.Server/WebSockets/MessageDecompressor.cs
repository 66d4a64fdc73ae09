using System.Buffers;
using System.IO.Compression;

namespace Rivulet.Server.WebSockets;

/// <summary>Gathers the compressed messages of one connection, and decompresses each as it is read.</summary>
/// <remarks>
/// <para>The receiving side only. One inflater serves all messages: none of them refers to an earlier one, and none but the last has an end of
/// its own, so that it goes on at the next one. It is never another connection's: what that had sent would still be in its window.</para>
/// <para>A peer may end a message for good (RFC 7692, 7.2.3.4); then the next one gets another inflater.</para>
/// </remarks>
internal sealed class MessageDecompressor : IDisposable
{
    private const int KeptBytesMax = 64 * 1024;

    // The shared pool would keep dozens of larger ones.
    private const int PooledBytesMax = 1024 * 1024;

    private readonly Source _source = new();
    private DeflateStream? _inflater;

    // What the sender of a message left away.
    private static ReadOnlySpan<byte> Tail => [0x00, 0x00, 0xff, 0xff];

    /// <summary>Whether a message is being read.</summary>
    public bool IsReading { get; private set; }

    /// <summary>Bytes of the message that have been gathered.</summary>
    public int Length => _source.Gathered;

    /// <summary>Adds to the message.</summary>
    public void Gather(ReadOnlySpan<byte> bytes)
    {
        _source.Add(bytes);
    }

    /// <summary>The message is whole, and can be read.</summary>
    public void Begin()
    {
        // Not even an empty message has no bytes at all; the tail alone would be taken for the beginning of something.
        if (_source.Gathered == 0)
            return;
        _source.Add(Tail);
        IsReading = true;
    }

    /// <summary>Reads some of the message; 0 at its end.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public int Read(Span<byte> destination)
    {
        if (!IsReading)
            return 0;
        bool isBeginning = _source.IsUntouched;
        _inflater ??= new DeflateStream(_source, CompressionMode.Decompress, leaveOpen: true);
        int count = _inflater.Read(destination);
        if (count == 0 && isBeginning && _source.IsUntouched)
        {
            // The one before had an end.
            _inflater.Dispose();
            _inflater = new DeflateStream(_source, CompressionMode.Decompress, leaveOpen: true);
            count = _inflater.Read(destination);
        }

        if (count == 0)
        {
            _source.Clear();
            IsReading = false;
        }

        return count;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _inflater?.Dispose();
        _source.Dispose();
    }

    /// <summary>The compressed bytes of one message.</summary>
    private sealed class Source : Stream
    {
        private byte[] _bytes = [];
        private int _end;
        private int _at;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public bool IsUntouched => _at == 0;

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override long Length => throw new NotSupportedException();

        public int Gathered => _end;

        public void Add(ReadOnlySpan<byte> bytes)
        {
            if (_bytes.Length - _end < bytes.Length)
                Grow(_end + bytes.Length);
            bytes.CopyTo(_bytes.AsSpan(_end));
            _end += bytes.Length;
        }

        /// <summary>Forgets the message, and the memory for it if that was large.</summary>
        public void Clear()
        {
            _at = 0;
            _end = 0;
            if (_bytes.Length > KeptBytesMax)
                Return();
        }

        public override int Read(Span<byte> buffer)
        {
            int count = Math.Min(buffer.Length, _end - _at);
            _bytes.AsSpan(_at, count).CopyTo(buffer);
            _at += count;
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            return Read(buffer.AsSpan(offset, count));
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

        public override void Write(byte[] buffer, int offset, int count)
        {
            throw new NotSupportedException();
        }

        protected override void Dispose(bool disposing)
        {
            Return();
            base.Dispose(disposing);
        }

        private void Grow(int bytes)
        {
            int size = Math.Max(bytes, 2 * _end);
            byte[] next = size > PooledBytesMax ? new byte[size] : ArrayPool<byte>.Shared.Rent(size);
            _bytes.AsSpan(0, _end).CopyTo(next);
            Return();
            _bytes = next;
        }

        private void Return()
        {
            if (_bytes.Length is > 0 and <= PooledBytesMax)
                ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = [];
        }
    }
}
