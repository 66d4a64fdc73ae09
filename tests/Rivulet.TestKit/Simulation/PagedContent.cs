namespace Rivulet.TestKit.Simulation;

/// <summary>
/// The bytes of a simulated file, in pages that copies share until one of them writes. So an image of a whole disk
/// costs one reference a page. One thread at a time, copies included.
/// </summary>
internal sealed class PagedContent
{
    private const int PageBytes = 4096;

    private byte[]?[] _pages;
    private bool[] _owned;

    // Which pages have their space on the disk: those that were ever written to, with zeros too.
    private bool[] _allocated;

    public PagedContent()
        : this([], [], 0)
    {
    }

    private PagedContent(byte[]?[] pages, bool[] allocated, long lengthBytes)
    {
        _pages = pages;
        _owned = new bool[pages.Length];
        _allocated = allocated;
        LengthBytes = lengthBytes;
    }

    public long LengthBytes { get; private set; }

    /// <summary>Bytes of disk that the pages take.</summary>
    public long AllocatedBytes => (long)_allocated.AsSpan().Count(true) * PageBytes;

    /// <summary>How much <see cref="AllocatedBytes"/> grows by a write.</summary>
    public long GrowthOf(long offsetBytes, int count)
    {
        long pages = 0;
        for (long page = offsetBytes / PageBytes; page < PagesFor(offsetBytes + count); page++)
            pages += page < _allocated.Length && _allocated[page] ? 0 : 1;
        return pages * PageBytes;
    }

    public PagedContent Copy()
    {
        Array.Clear(_owned);
        return new PagedContent((byte[]?[])_pages.Clone(), (bool[])_allocated.Clone(), LengthBytes);
    }

    public int Read(Span<byte> buffer, long offsetBytes)
    {
        int count = (int)Math.Max(0, Math.Min(buffer.Length, LengthBytes - offsetBytes));
        for (int done = 0; done < count;)
        {
            (int page, int within) = Place(offsetBytes + done);
            int part = Math.Min(count - done, PageBytes - within);
            if (_pages[page] is { } bytes)
                bytes.AsSpan(within, part).CopyTo(buffer[done..]);
            else
                buffer.Slice(done, part).Clear();
            done += part;
        }
        return count;
    }

    public void Write(ReadOnlySpan<byte> buffer, long offsetBytes)
    {
        long end = offsetBytes + buffer.Length;
        int pages = (int)PagesFor(end);
        if (pages > _pages.Length)
            Resize(pages);
        for (int done = 0; done < buffer.Length;)
        {
            (int page, int within) = Place(offsetBytes + done);
            int part = Math.Min(buffer.Length - done, PageBytes - within);
            ReadOnlySpan<byte> bytes = buffer.Slice(done, part);
            done += part;
            _allocated[page] = true;

            // A page of zeros is no page: preparing a segment costs nothing.
            if (_pages[page] is null && !bytes.ContainsAnyExcept((byte)0))
                continue;
            bytes.CopyTo(OwnPage(page).AsSpan(within));
        }
        LengthBytes = Math.Max(LengthBytes, end);
    }

    /// <summary>Cuts off what is behind a place, or adds zeros that take no space up to there.</summary>
    public void SetLength(long lengthBytes)
    {
        Span<byte> zeros = stackalloc byte[256];
        zeros.Clear();
        long end = Math.Min(LengthBytes, ((lengthBytes + PageBytes - 1) / PageBytes) * PageBytes);
        for (long offset = lengthBytes; offset < end; offset += zeros.Length)
            Write(zeros[..(int)Math.Min(zeros.Length, end - offset)], offset);
        Resize((int)PagesFor(lengthBytes));
        LengthBytes = lengthBytes;
    }

    private void Resize(int pages)
    {
        Array.Resize(ref _pages, pages);
        Array.Resize(ref _owned, pages);
        Array.Resize(ref _allocated, pages);
    }

    private static long PagesFor(long lengthBytes) => (lengthBytes + PageBytes - 1) / PageBytes;

    private static (int Page, int Within) Place(long offsetBytes) =>
        ((int)(offsetBytes / PageBytes), (int)(offsetBytes % PageBytes));

    private byte[] OwnPage(int page)
    {
        if (_owned[page])
            return _pages[page]!;
        byte[] own = new byte[PageBytes];
        _pages[page]?.CopyTo(own, 0);
        _pages[page] = own;
        _owned[page] = true;
        return own;
    }
}
