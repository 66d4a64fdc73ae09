using System.Buffers;
using Rivulet.Protocol;

namespace Rivulet.JetStream.Streams;

/// <summary>
/// Makes changed copies of header blocks, for the few messages that the server does not keep as they came.
/// </summary>
internal static class HeaderEdits
{
    /// <summary>A block in which a header has a value, in the place of the one it had or at the end.</summary>
    /// <param name="block">The block; empty for none.</param>
    /// <param name="name">Name of the header.</param>
    /// <param name="value">Its value.</param>
    public static byte[] With(ReadOnlySpan<byte> block, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        bool isSet = false;
        ReadOnlySpan<byte> pairs = new HeaderBlock(block).Pairs;
        var edited = new ArrayBufferWriter<byte>(block.Length + name.Length + value.Length + 32);
        edited.Write("NATS/1.0\r\n"u8);
        while (TakeLine(ref pairs, out ReadOnlySpan<byte> line))
        {
            if (!IsNamed(line, name))
                edited.Write(line);
            else if (!isSet)
                WriteLine(edited, name, value);
            isSet |= IsNamed(line, name);
        }

        if (!isSet)
            WriteLine(edited, name, value);
        edited.Write("\r\n"u8);
        return edited.WrittenSpan.ToArray();
    }

    /// <summary>A block without a header; empty if nothing else is in it.</summary>
    /// <param name="block">The block.</param>
    /// <param name="name">Name of the header.</param>
    public static byte[] Without(ReadOnlySpan<byte> block, ReadOnlySpan<byte> name)
    {
        ReadOnlySpan<byte> pairs = new HeaderBlock(block).Pairs;
        var edited = new ArrayBufferWriter<byte>(block.Length + 32);
        edited.Write("NATS/1.0\r\n"u8);
        int empty = edited.WrittenCount;
        while (TakeLine(ref pairs, out ReadOnlySpan<byte> line))
        {
            if (!IsNamed(line, name))
                edited.Write(line);
        }

        if (edited.WrittenCount == empty)
            return [];
        edited.Write("\r\n"u8);
        return edited.WrittenSpan.ToArray();
    }

    private static bool TakeLine(ref ReadOnlySpan<byte> pairs, out ReadOnlySpan<byte> line)
    {
        int length = pairs.IndexOf("\r\n"u8) + 2;
        line = length < 2 ? default : pairs[..length];
        pairs = pairs[line.Length..];
        return !line.IsEmpty;
    }

    private static bool IsNamed(ReadOnlySpan<byte> line, ReadOnlySpan<byte> name) =>
        line.StartsWith(name) && line[name.Length] == (byte)':';

    private static void WriteLine(ArrayBufferWriter<byte> into, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        into.Write(name);
        into.Write(": "u8);
        into.Write(value);
        into.Write("\r\n"u8);
    }
}
