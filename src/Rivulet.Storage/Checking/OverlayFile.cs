using Rivulet.Storage.Files;

namespace Rivulet.Storage.Checking;

/// <summary>An open file of an <see cref="OverlayFileSystem"/>: what was written to it, over what lies below.</summary>
internal sealed class OverlayFile(IFile? below, OverlayContent content, WorkMeter meter) : IFile
{
    private readonly IFile? _below = below;
    private readonly OverlayContent _content = content;
    private readonly WorkMeter _meter = meter;

    public long LengthBytes => _content.LengthBytes;

    public int Read(Span<byte> buffer, long offsetBytes)
    {
        _meter.AddBytes(buffer.Length);
        return ReadThrough(buffer, offsetBytes);
    }

    public void Write(ReadOnlySpan<byte> buffer, long offsetBytes)
    {
        // Recovery writes again what is there to make it lasting; that is no change.
        byte[] present = new byte[buffer.Length];
        if (ReadThrough(present, offsetBytes) == buffer.Length && buffer.SequenceEqual(present))
            return;
        _content.Write(buffer, offsetBytes, page => ReadThrough(page.Bytes, page.OffsetBytes));
    }

    public void SetLength(long lengthBytes) =>
        throw new NotSupportedException("a store that is examined gives nothing back and makes no room");

    public void SyncData()
    {
        // Nothing here is meant to last.
    }

    public void Dispose() => _below?.Dispose();

    private int ReadThrough(Span<byte> buffer, long offsetBytes)
    {
        buffer = buffer[..(int)Math.Clamp(LengthBytes - offsetBytes, 0, buffer.Length)];
        int read = _below?.Read(buffer, offsetBytes) ?? 0;
        buffer[read..].Clear();
        _content.ReadOver(buffer, offsetBytes);
        return buffer.Length;
    }
}

/// <summary>What was written to a file, in pages.</summary>
internal sealed class OverlayContent(long lengthBytes)
{
    private const int PageBytes = 4096;

    private readonly Dictionary<long, byte[]> _pages = [];

    public long LengthBytes { get; private set; } = lengthBytes;

    /// <summary>Puts what was written over what was read.</summary>
    public void ReadOver(Span<byte> buffer, long offsetBytes)
    {
        if (_pages.Count == 0)
            return;
        for (int done = 0; done < buffer.Length;)
        {
            long page = (offsetBytes + done) / PageBytes;
            int start = (int)((offsetBytes + done) % PageBytes);
            int length = Math.Min(buffer.Length - done, PageBytes - start);
            if (_pages.TryGetValue(page, out byte[]? bytes))
                bytes.AsSpan(start, length).CopyTo(buffer[done..]);
            done += length;
        }
    }

    /// <summary>Writes.</summary>
    /// <param name="buffer">The bytes.</param>
    /// <param name="offsetBytes">Where.</param>
    /// <param name="fill">Reads a page that is not here yet from below.</param>
    public void Write(ReadOnlySpan<byte> buffer, long offsetBytes, Action<(byte[] Bytes, long OffsetBytes)> fill)
    {
        for (int done = 0; done < buffer.Length;)
        {
            long page = (offsetBytes + done) / PageBytes;
            int start = (int)((offsetBytes + done) % PageBytes);
            int length = Math.Min(buffer.Length - done, PageBytes - start);
            if (!_pages.TryGetValue(page, out byte[]? bytes))
            {
                bytes = new byte[PageBytes];
                fill((bytes, page * PageBytes));
                _pages.Add(page, bytes);
            }
            buffer.Slice(done, length).CopyTo(bytes.AsSpan(start));
            done += length;
        }
        LengthBytes = Math.Max(LengthBytes, offsetBytes + buffer.Length);
    }
}
