namespace Rivulet.Protocol;

/// <summary>One name and value of a header block, borrowed from it.</summary>
public readonly ref struct HeaderField(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
{
    /// <summary>The name as written, case kept.</summary>
    public ReadOnlySpan<byte> Name { get; } = name;

    /// <summary>The value without leading blanks.</summary>
    public ReadOnlySpan<byte> Value { get; } = value;
}
