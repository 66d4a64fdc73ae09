using System.Buffers;
using System.Buffers.Text;

namespace Rivulet.Protocol;

/// <summary>Writes a header block into a buffer of the caller, or a pooled one once that is full.</summary>
/// <remarks>
/// <see cref="Start"/> or <see cref="StartStatus"/>, then any number of <c>Add</c>, then <see cref="Finish"/>; may be
/// started again for another block. <see cref="Dispose"/> gives the pooled buffer back and ends what
/// <see cref="Finish"/> returned. Lives on one stack: pass it by <c>ref</c>.
/// </remarks>
public ref struct HeaderBlockBuilder
{
    private const int InitialSizeBytes = 256;

    private Span<byte> _buffer;
    private byte[]? _pooled;
    private int _length;

    /// <summary>A builder that writes to the given buffer first, often a <c>stackalloc</c>.</summary>
    public HeaderBlockBuilder(Span<byte> initialBuffer)
    {
        _buffer = initialBuffer;
    }

    /// <summary>Starts a block without a status.</summary>
    public void Start()
    {
        _length = 0;
        Append(HeaderBlock.Version);
        Append("\r\n"u8);
    }

    /// <summary>Starts a block with an inline status.</summary>
    /// <param name="status">100 to 999.</param>
    /// <param name="description">May be empty; then no blank follows the status.</param>
    public void StartStatus(int status, scoped ReadOnlySpan<byte> description)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(status, 100);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(status, 999);
        RequireOneLine(description);
        _length = 0;
        Append(HeaderBlock.Version);
        Append(" "u8);
        AppendNumber(status);
        if (!description.IsEmpty)
        {
            Append(" "u8);
            Append(description);
        }

        Append("\r\n"u8);
    }

    /// <summary>Adds a name and value.</summary>
    /// <exception cref="ArgumentException">One holds a line end, or the name is empty or holds a colon: it would forge other headers.</exception>
    public void Add(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> value)
    {
        RequireOneLine(value);
        AppendName(name);
        Append(value);
        Append("\r\n"u8);
    }

    /// <summary>Adds a name and a decimal number.</summary>
    /// <exception cref="ArgumentException">The name is empty or holds a colon or a line end.</exception>
    public void Add(scoped ReadOnlySpan<byte> name, long value)
    {
        AppendName(name);
        AppendNumber(value);
        Append("\r\n"u8);
    }

    /// <summary>Adds a name and a decimal number.</summary>
    /// <exception cref="ArgumentException">The name is empty or holds a colon or a line end.</exception>
    public void Add(scoped ReadOnlySpan<byte> name, ulong value)
    {
        AppendName(name);
        Reserve(20);
        Utf8Formatter.TryFormat(value, _buffer[_length..], out int written);
        _length += written;
        Append("\r\n"u8);
    }

    /// <summary>Adds header lines as they stand in another block.</summary>
    /// <param name="pairs"><see cref="HeaderBlock.Pairs"/>: whole lines with their line ends, or nothing.</param>
    public void AddRaw(scoped ReadOnlySpan<byte> pairs)
    {
        if (!pairs.IsEmpty && !pairs.EndsWith("\r\n"u8))
            throw new ArgumentException("Header lines end with CR LF.", nameof(pairs));
        Append(pairs);
    }

    /// <summary>Closes the block and returns it; valid until the builder is started again or disposed.</summary>
    public ReadOnlySpan<byte> Finish()
    {
        Append("\r\n"u8);
        return _buffer[.._length];
    }

    /// <summary>Gives the pooled buffer back.</summary>
    public void Dispose()
    {
        byte[]? pooled = _pooled;
        this = default;
        if (pooled is not null)
            ArrayPool<byte>.Shared.Return(pooled);
    }

    private void AppendName(scoped ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty || name.IndexOfAny((byte)':', (byte)'\r', (byte)'\n') >= 0)
            throw new ArgumentException("A header name is not empty and holds no colon and no line end.", nameof(name));
        Append(name);
        Append(": "u8);
    }

    private void AppendNumber(long value)
    {
        Reserve(20);
        Utf8Formatter.TryFormat(value, _buffer[_length..], out int written);
        _length += written;
    }

    private void Append(scoped ReadOnlySpan<byte> bytes)
    {
        Reserve(bytes.Length);
        bytes.CopyTo(_buffer[_length..]);
        _length += bytes.Length;
    }

    private void Reserve(int sizeBytes)
    {
        if (_buffer.Length - _length < sizeBytes)
            Grow(sizeBytes);
    }

    private void Grow(int sizeBytes)
    {
        int wanted = Math.Max(InitialSizeBytes, Math.Max(_buffer.Length * 2, checked(_length + sizeBytes)));
        byte[] larger = ArrayPool<byte>.Shared.Rent(wanted);
        _buffer[.._length].CopyTo(larger);
        if (_pooled is not null)
            ArrayPool<byte>.Shared.Return(_pooled);
        _pooled = larger;
        _buffer = larger;
    }

    private static void RequireOneLine(ReadOnlySpan<byte> text)
    {
        if (text.IndexOfAny((byte)'\r', (byte)'\n') >= 0)
            throw new ArgumentException("A header value holds no line end.", nameof(text));
    }
}
