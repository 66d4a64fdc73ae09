using Rivulet.Protocol;

namespace Rivulet.JetStream.Streams;

/// <summary>How a token of the template of a <see cref="SubjectTransform"/> makes its part of the new subject.</summary>
internal enum TransformFunction : byte
{
    /// <summary>The text itself.</summary>
    Literal,

    /// <summary>Everything from a token of the old subject on.</summary>
    Rest,

    /// <summary>A token of the old subject.</summary>
    Wildcard,

    /// <summary>A number below a bound, by a hash of tokens of the old subject or of all of it.</summary>
    Partition,

    /// <summary>A random number below a bound.</summary>
    Random,

    /// <summary>A token, split where a separator stands.</summary>
    Split,

    /// <summary>A token, split in two so many bytes from its start.</summary>
    SplitFromLeft,

    /// <summary>A token, split in two so many bytes from its end.</summary>
    SplitFromRight,

    /// <summary>A token, cut into slices of a length, what is left over at the end.</summary>
    SliceFromLeft,

    /// <summary>A token, cut into slices of a length, what is left over at the start.</summary>
    SliceFromRight,

    /// <summary>The first bytes of a token.</summary>
    Left,

    /// <summary>The last bytes of a token.</summary>
    Right,
}

/// <summary>A token of the template of a <see cref="SubjectTransform"/>. Immutable.</summary>
/// <param name="function">What it does.</param>
/// <param name="indexes">Tokens of the old subject that it looks at, from 0.</param>
/// <param name="number">Its length, position or bound.</param>
/// <param name="text">Its text or separator.</param>
internal sealed class TransformToken(TransformFunction function, int[] indexes, int number = 0, byte[]? text = null)
{
    private const int DigitsMax = 20;
    private const uint HashStart = 2166136261;
    private const uint HashFactor = 16777619;

    private readonly TransformFunction _function = function;
    private readonly int[] _indexes = indexes;
    private readonly int _number = number;
    private readonly byte[] _text = text ?? [];

    /// <summary>The token of the old subject, from 0, that it takes over as it is; -1 if it does something else.</summary>
    public int CopiedToken => _function == TransformFunction.Wildcard ? _indexes[0] : -1;

    /// <summary>Bytes that are enough for what the token makes of any subject of a length.</summary>
    public int RoomFor(int subjectLength) => _function switch
    {
        TransformFunction.Literal => _text.Length,
        TransformFunction.Partition or TransformFunction.Random => DigitsMax,
        _ => 2 * subjectLength,
    };

    /// <summary>Adds what the token makes of a subject.</summary>
    public void Write(ReadOnlySpan<byte> subject, ref TransformWriter into, Random random)
    {
        switch (_function)
        {
            case TransformFunction.Literal:
                into.Add(_text);
                break;
            case TransformFunction.Rest:
                into.Add(From(subject, _indexes[0]));
                break;
            case TransformFunction.Partition:
                into.Add(_number == 0 ? 0 : Hash(subject) % (uint)_number);
                break;
            case TransformFunction.Random:
                into.Add(_number == 0 ? 0 : random.NextInt64(Math.Abs((long)_number)));
                break;
            default:
                WritePart(Token(subject, _indexes[0]), ref into);
                break;
        }
    }

    private void WritePart(ReadOnlySpan<byte> token, ref TransformWriter into)
    {
        // A token that is too short for it stays whole.
        bool isWhole = _function == TransformFunction.Wildcard ||
            (_function != TransformFunction.Split && (_number <= 0 || _number >= token.Length));
        if (isWhole)
        {
            into.Add(token);
            return;
        }

        switch (_function)
        {
            case TransformFunction.Split:
                WriteSplit(token, ref into);
                break;
            case TransformFunction.Left:
                into.Add(token[.._number]);
                break;
            case TransformFunction.Right:
                into.Add(token[^_number..]);
                break;
            case TransformFunction.SplitFromLeft:
                WriteSlices(token, _number, token.Length, ref into);
                break;
            case TransformFunction.SplitFromRight:
                WriteSlices(token, token.Length - _number, token.Length, ref into);
                break;
            case TransformFunction.SliceFromLeft:
                WriteSlices(token, _number, _number, ref into);
                break;
            default:
                WriteSlices(token, token.Length % _number, _number, ref into);
                break;
        }
    }

    /// <summary>Adds a first slice, which may be empty and is left out then, and the others.</summary>
    private static void WriteSlices(ReadOnlySpan<byte> token, int first, int others, ref TransformWriter into)
    {
        if (first > 0)
        {
            into.Add(token[..first]);
            into.Add(Subject.Separator);
            token = token[first..];
        }

        while (token.Length > others)
        {
            into.Add(token[..others]);
            into.Add(Subject.Separator);
            token = token[others..];
        }

        into.Add(token);
    }

    /// <summary>Separators in a row, and those at either end, split nothing.</summary>
    private void WriteSplit(ReadOnlySpan<byte> token, ref TransformWriter into)
    {
        bool isFirst = true;
        while (!token.IsEmpty)
        {
            int end = _text.Length == 0 ? 1 : token.IndexOf(_text);
            ReadOnlySpan<byte> part = end < 0 ? token : token[..end];
            token = end < 0 ? default : token[(end + _text.Length)..];
            if (part.IsEmpty)
                continue;
            if (!isFirst)
                into.Add(Subject.Separator);
            into.Add(part);
            isFirst = false;
        }
    }

    private uint Hash(ReadOnlySpan<byte> subject)
    {
        uint hash = HashStart;
        if (_indexes.Length == 0)
            return HashOn(hash, subject);
        foreach (int index in _indexes)
            hash = HashOn(hash, Token(subject, index));
        return hash;
    }

    /// <summary>Goes on with an FNV-1a hash, which all servers of this protocol partition by.</summary>
    private static uint HashOn(uint hash, ReadOnlySpan<byte> bytes)
    {
        foreach (byte one in bytes)
            hash = (hash ^ one) * HashFactor;
        return hash;
    }

    private static ReadOnlySpan<byte> Token(ReadOnlySpan<byte> subject, int index)
    {
        ReadOnlySpan<byte> rest = From(subject, index);
        int end = rest.IndexOf(Subject.Separator);
        return end < 0 ? rest : rest[..end];
    }

    private static ReadOnlySpan<byte> From(ReadOnlySpan<byte> subject, int index)
    {
        for (int i = 0; i < index; i++)
            subject = subject[(subject.IndexOf(Subject.Separator) + 1)..];
        return subject;
    }
}
