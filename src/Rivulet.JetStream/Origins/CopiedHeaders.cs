using Rivulet.Protocol;

namespace Rivulet.JetStream.Origins;

/// <summary>
/// The header block of a message as another stream keeps it: without what its publisher expected of its own stream and without
/// the marks of a batch. Most blocks stay as they are; one that does not is put together in a buffer that is used again.
/// </summary>
/// <remarks>One thread at a time.</remarks>
internal sealed class CopiedHeaders
{
    private byte[] _buffer = [];

    /// <summary>The block that a mirror keeps.</summary>
    /// <param name="block">The block of the message; empty for none.</param>
    /// <returns>The block itself, or a copy that is valid until the next call.</returns>
    public ReadOnlySpan<byte> ForMirror(ReadOnlySpan<byte> block)
    {
        if (!HasDropped(block, sourced: false))
            return block;
        int length = AppendKept(block, sourced: false, extraBytes: 0);
        return length == HeaderBlock.Version.Length + 2 ? default : Finish(length);
    }

    /// <summary>The block that a stream keeps of a source, with the header that says so in place of the one it may have.</summary>
    /// <param name="block">The block of the message; empty for none.</param>
    /// <param name="source">Value of the header.</param>
    /// <returns>A block that is valid until the next call.</returns>
    public ReadOnlySpan<byte> ForSource(ReadOnlySpan<byte> block, ReadOnlySpan<byte> source)
    {
        int length = AppendKept(block, sourced: true, extraBytes: SourceHeader.Name.Length + source.Length + 4);
        length = Append(SourceHeader.Name, length);
        length = Append(": "u8, length);
        length = Append(source, length);
        return Finish(Append("\r\n"u8, length));
    }

    private static bool HasDropped(ReadOnlySpan<byte> block, bool sourced)
    {
        foreach (HeaderField field in new HeaderBlock(block))
        {
            if (IsDropped(field.Name, sourced))
                return true;
        }

        return false;
    }

    private static bool IsDropped(ReadOnlySpan<byte> name, bool sourced) =>
        name.StartsWith("Nats-Expected-"u8)
        || name.StartsWith("Nats-Batch-"u8)
        || (sourced && name.SequenceEqual(SourceHeader.Name));

    /// <summary>Starts a block with the headers that are kept.</summary>
    private int AppendKept(ReadOnlySpan<byte> block, bool sourced, int extraBytes)
    {
        int lengthMax = block.Length + extraBytes + 32;
        if (_buffer.Length < lengthMax)
            _buffer = new byte[lengthMax * 2];
        int length = Append(HeaderBlock.Version, 0);
        length = Append("\r\n"u8, length);
        ReadOnlySpan<byte> pairs = new HeaderBlock(block).Pairs;
        while (!pairs.IsEmpty)
        {
            int end = pairs.IndexOf("\r\n"u8) + 2;
            ReadOnlySpan<byte> line = end < 2 ? pairs : pairs[..end];
            int colon = line.IndexOf((byte)':');
            if (colon < 0 || !IsDropped(line[..colon], sourced))
                length = Append(line, length);
            pairs = pairs[line.Length..];
        }

        return length;
    }

    private ReadOnlySpan<byte> Finish(int length) => _buffer.AsSpan(0, Append("\r\n"u8, length));

    private int Append(ReadOnlySpan<byte> text, int at)
    {
        text.CopyTo(_buffer.AsSpan(at));
        return at + text.Length;
    }
}
