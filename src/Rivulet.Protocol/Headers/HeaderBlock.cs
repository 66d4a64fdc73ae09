using System.Diagnostics.CodeAnalysis;

namespace Rivulet.Protocol;

/// <summary>Reads a message header block in place.</summary>
/// <remarks>
/// <code>
/// NATS/1.0[ status[ description]]\r\n
/// Name: value\r\n                      (any number; names may repeat)
/// \r\n
/// </code>
/// Names keep their case and are compared byte for byte. A value starts after the colon and any blanks, and ends at the
/// line end. The block comes from a peer and may be anything: every member is safe on any bytes; a block that is not
/// <see cref="IsValid"/> yields what can still be made out of it. Borrowed: valid as long as the bytes behind it.
/// </remarks>
[SuppressMessage("Design", "CA1815", Justification = "A ref struct is not compared.")]
public readonly ref struct HeaderBlock(ReadOnlySpan<byte> block)
{
    /// <summary>The bytes of the whole block.</summary>
    public ReadOnlySpan<byte> Bytes { get; } = block;

    /// <summary>The version text every block starts with.</summary>
    public static ReadOnlySpan<byte> Version => "NATS/1.0"u8;

    /// <summary>Whether the version line, every header line and the closing blank line are well formed.</summary>
    public bool IsValid
    {
        get
        {
            if (!Bytes.StartsWith(Version) || !Bytes.EndsWith("\r\n"u8) || !IsValidStatusLine(StatusLine))
                return false;
            ReadOnlySpan<byte> rest = Lines;
            while (TakeLine(ref rest, out ReadOnlySpan<byte> line))
            {
                if (line.IsEmpty)
                    return rest.IsEmpty;
                if (line.IndexOf((byte)':') <= 0)
                    return false;
            }

            return false;
        }
    }

    /// <summary>The inline status, 100 to 999; 0 if the first line has none.</summary>
    public int Status
    {
        get
        {
            ReadOnlySpan<byte> text = StatusText;
            if (text.Length < 3 || (text.Length > 3 && text[3] != ' '))
                return 0;
            int status = 0;
            foreach (byte digit in text[..3])
            {
                if (!char.IsAsciiDigit((char)digit))
                    return 0;
                status = status * 10 + (digit - '0');
            }

            return status < 100 ? 0 : status;
        }
    }

    /// <summary>The text after the status on the first line; empty if there is none.</summary>
    public ReadOnlySpan<byte> Description => Status == 0 ? default : StatusText[3..].Trim((byte)' ');

    /// <summary>
    /// The header lines as they stand, each with its line end, without the first line and the closing blank line.
    /// </summary>
    public ReadOnlySpan<byte> Pairs
    {
        get
        {
            ReadOnlySpan<byte> lines = Lines;
            ReadOnlySpan<byte> rest = lines;
            int length = 0;
            while (TakeLine(ref rest, out ReadOnlySpan<byte> line) && !line.IsEmpty)
                length = lines.Length - rest.Length;
            return lines[..length];
        }
    }

    private ReadOnlySpan<byte> StatusLine
    {
        get
        {
            int end = Bytes.IndexOf("\r\n"u8);
            return end < 0 ? Bytes : Bytes[..end];
        }
    }

    private ReadOnlySpan<byte> StatusText =>
        StatusLine.StartsWith(Version) ? StatusLine[Version.Length..].TrimStart((byte)' ') : default;

    private ReadOnlySpan<byte> Lines
    {
        get
        {
            int end = Bytes.IndexOf("\r\n"u8);
            return end < 0 ? default : Bytes[(end + 2)..];
        }
    }

    /// <summary>Finds the first value of a name, compared byte for byte.</summary>
    public bool TryGet(ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        foreach (HeaderField field in this)
        {
            if (field.Name.SequenceEqual(name))
            {
                value = field.Value;
                return true;
            }
        }

        value = default;
        return false;
    }

    /// <summary>Walks the name and value pairs in order; lines without a colon are passed over.</summary>
    public Enumerator GetEnumerator() => new(Lines);

    private static bool IsValidStatusLine(ReadOnlySpan<byte> line)
    {
        return line.Length == Version.Length || line[Version.Length] == ' ';
    }

    private static bool TakeLine(scoped ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> line)
    {
        int end = rest.IndexOf("\r\n"u8);
        if (end < 0)
        {
            line = default;
            return false;
        }

        line = rest[..end];
        rest = rest[(end + 2)..];
        return true;
    }

    /// <summary>Walks the fields of a block.</summary>
    public ref struct Enumerator
    {
        private ReadOnlySpan<byte> _rest;

        internal Enumerator(ReadOnlySpan<byte> lines)
        {
            _rest = lines;
        }

        /// <summary>The field under the cursor.</summary>
        public HeaderField Current { get; private set; }

        /// <summary>Moves to the next field; false at the blank line or the end of the bytes.</summary>
        public bool MoveNext()
        {
            while (TakeLine(ref _rest, out ReadOnlySpan<byte> line) && !line.IsEmpty)
            {
                int colon = line.IndexOf((byte)':');
                if (colon <= 0)
                    continue;
                Current = new HeaderField(line[..colon], line[(colon + 1)..].TrimStart(" \t"u8));
                return true;
            }

            return false;
        }
    }
}
