using System.Globalization;

namespace Rivulet.JetStream.Streams;

/// <summary>Puts a new subject together in a buffer of a fixed size, and notices when it does not fit.</summary>
/// <param name="into">The buffer.</param>
internal ref struct TransformWriter(Span<byte> into)
{
    private readonly Span<byte> _into = into;
    private int _length;
    private bool _isOver;

    /// <summary>What was written, in bytes; 0 if it did not fit.</summary>
    public readonly int Length => _isOver ? 0 : _length;

    /// <summary>Adds text.</summary>
    public void Add(scoped ReadOnlySpan<byte> text)
    {
        if (_isOver || !text.TryCopyTo(_into[_length..]))
            _isOver = true;
        else
            _length += text.Length;
    }

    /// <summary>Adds one byte.</summary>
    public void Add(byte one) => Add([one]);

    /// <summary>Adds a number in decimal digits.</summary>
    public void Add(long number)
    {
        Span<byte> digits = stackalloc byte[20];
        number.TryFormat(digits, out int length, default, CultureInfo.InvariantCulture);
        Add(digits[..length]);
    }
}
