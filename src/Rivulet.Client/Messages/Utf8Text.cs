using System.Buffers;
using System.Text;

namespace Rivulet.Client;

/// <summary>Text as UTF-8, in a buffer on the stack where it fits and a pooled one where it does not.</summary>
internal ref struct Utf8Text
{
    /// <summary>A size for the buffer on the stack that holds usual subjects and keys.</summary>
    public const int StackBytes = 256;

    private byte[]? _pooled;

    public Utf8Text(string text, Span<byte> stackBuffer)
        : this(default, text, stackBuffer)
    {
    }

    /// <summary>A prefix, which is UTF-8 already, and text behind it.</summary>
    public Utf8Text(ReadOnlySpan<byte> prefix, string text, Span<byte> stackBuffer)
    {
        int lengthMax = prefix.Length + Encoding.UTF8.GetMaxByteCount(text.Length);
        Span<byte> buffer = stackBuffer;
        if (lengthMax > stackBuffer.Length)
            buffer = _pooled = ArrayPool<byte>.Shared.Rent(lengthMax);
        prefix.CopyTo(buffer);
        Bytes = buffer[..(prefix.Length + Encoding.UTF8.GetBytes(text, buffer[prefix.Length..]))];
    }

    public ReadOnlySpan<byte> Bytes { get; private set; }

    public void Dispose()
    {
        if (_pooled is not null)
            ArrayPool<byte>.Shared.Return(_pooled);
        _pooled = null;
        Bytes = default;
    }
}
