using System.Buffers;
using System.Globalization;
using System.Text;

namespace Rivulet.JetStream.Api.Json;

/// <summary>
/// Finds where a JSON value ends and what is wrong with it, with the error texts of the reference server. Whoever reads
/// a value that passed may rely on its syntax.
/// </summary>
/// <remarks>Grammar of RFC 8259. Strings may hold bytes that are not UTF-8, as the reference lets them.</remarks>
internal ref struct JsonSyntax
{
    /// <summary>Deepest nesting of arrays and objects.</summary>
    private const int DepthMax = 10_000;

    private const string AtValue = "looking for beginning of value";
    private const string AtKey = "looking for beginning of object key string";

    private readonly ReadOnlySpan<byte> _text;
    private Stack<bool>? _objects;
    private int _at;
    private string? _error;

    private JsonSyntax(ReadOnlySpan<byte> text, int start)
    {
        _text = text;
        _at = start;
    }

    /// <summary>Checks the value that begins at or after <paramref name="start"/>.</summary>
    /// <param name="text">The whole text.</param>
    /// <param name="start">Where to begin; blanks are skipped.</param>
    /// <param name="end">Where the value ends.</param>
    /// <returns>The error text, or <c>null</c> if all is well.</returns>
    public static string? Check(ReadOnlySpan<byte> text, int start, out int end)
    {
        var syntax = new JsonSyntax(text, start);
        syntax.Run();
        end = syntax._at;
        return syntax._error;
    }

    /// <summary>Index of the first byte at or after <paramref name="at"/> that is not a blank.</summary>
    public static int SkipBlanks(ReadOnlySpan<byte> text, int at)
    {
        while (at < text.Length && text[at] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
            at++;
        return at;
    }

    private void Run()
    {
        Value();
        while (_error is null && _objects is { Count: > 0 } open)
            AfterElement(open);
    }

    /// <summary>Reads a scalar whole, or opens a container and reads its first element.</summary>
    private void Value()
    {
        while (true)
        {
            if (!Next(out byte first))
                return;
            if (first is not ((byte)'{' or (byte)'['))
            {
                Scalar(first);
                return;
            }

            _at++;
            _objects ??= new Stack<bool>();
            if (_objects.Count == DepthMax)
            {
                _error = string.Create(CultureInfo.InvariantCulture, $"exceeded max depth at offset {_at}");
                return;
            }

            _objects.Push(first == (byte)'{');
            if (!Next(out byte inner))
                return;
            if (inner == (first == (byte)'{' ? (byte)'}' : (byte)']'))
            {
                _at++;
                _objects.Pop();
                return;
            }

            if (first == (byte)'{' && !Key())
                return;
        }
    }

    /// <summary>What follows an element: the next one, or the end of its container.</summary>
    private void AfterElement(Stack<bool> open)
    {
        bool inObject = open.Peek();
        if (!Next(out byte next))
            return;
        if (next == (byte)',')
        {
            _at++;
            if (!inObject || Key())
                Value();
        }
        else if (next == (inObject ? (byte)'}' : (byte)']'))
        {
            _at++;
            open.Pop();
        }
        else
        {
            Unexpected(inObject ? "after object key:value pair" : "after array element");
        }
    }

    private bool Key()
    {
        if (!Next(out byte quote))
            return false;
        if (quote != (byte)'"')
            return Unexpected(AtKey);
        if (!String() || !Next(out byte colon))
            return false;
        if (colon != (byte)':')
            return Unexpected("after object key");
        _at++;
        return true;
    }

    private void Scalar(byte first)
    {
        switch (first)
        {
            case (byte)'"':
                String();
                break;
            case (byte)'t':
                Literal("true");
                break;
            case (byte)'f':
                Literal("false");
                break;
            case (byte)'n':
                Literal("null");
                break;
            case (byte)'-' or (>= (byte)'0' and <= (byte)'9'):
                Number();
                break;
            default:
                Unexpected(AtValue);
                break;
        }
    }

    private bool String()
    {
        _at++;
        while (_at < _text.Length)
        {
            byte c = _text[_at];
            if (c == (byte)'"')
            {
                _at++;
                return true;
            }

            if (c < 0x20)
                return Unexpected("in string");
            if (c == (byte)'\\')
            {
                if (!Escape())
                    return false;
            }
            else
            {
                _at++;
            }
        }

        return CutShort();
    }

    private bool Escape()
    {
        if (_at + 1 >= _text.Length)
            return CutShort();
        int length = _text[_at + 1] == (byte)'u' ? 6 : 2;
        for (int i = 2; i < length; i++)
        {
            if (_at + i >= _text.Length)
                return CutShort();
        }

        ReadOnlySpan<byte> escape = _text.Slice(_at, length);
        bool valid = length == 2
            ? "\"\\/bfnrt"u8.Contains(escape[1])
            : escape[2..].IndexOfAnyExcept(HexDigits) < 0;
        _at += length;
        if (valid)
            return true;
        _error = string.Create(
            CultureInfo.InvariantCulture,
            $"invalid escape sequence `{Encoding.UTF8.GetString(escape)}` in string at offset {_at}");
        return false;
    }

    private static readonly SearchValues<byte> HexDigits = SearchValues.Create("0123456789abcdefABCDEF"u8);

    private void Literal(string word)
    {
        _at++;
        for (int i = 1; i < word.Length; i++, _at++)
        {
            if (_at >= _text.Length)
            {
                CutShort();
                return;
            }

            if (_text[_at] != word[i])
            {
                Unexpected($"in literal {word} (expecting '{word[i]}')");
                return;
            }
        }
    }

    private void Number()
    {
        if (_text[_at] == (byte)'-')
            _at++;
        if (_at < _text.Length && _text[_at] == (byte)'0')
            _at++;
        else if (!Digits())
            return;

        if (_at < _text.Length && _text[_at] == (byte)'.')
        {
            _at++;
            if (!Digits())
                return;
        }

        if (_at < _text.Length && _text[_at] is (byte)'e' or (byte)'E')
        {
            _at++;
            if (_at < _text.Length && _text[_at] is (byte)'+' or (byte)'-')
                _at++;
            Digits();
        }
    }

    private bool Digits()
    {
        if (_at >= _text.Length)
            return CutShort();
        if (!char.IsAsciiDigit((char)_text[_at]))
            return Unexpected("in numeric literal");
        while (_at < _text.Length && char.IsAsciiDigit((char)_text[_at]))
            _at++;
        return true;
    }

    private bool Next(out byte next)
    {
        _at = SkipBlanks(_text, _at);
        next = _at < _text.Length ? _text[_at] : (byte)0;
        return _at < _text.Length || CutShort();
    }

    private bool CutShort()
    {
        _error = "unexpected EOF";
        return false;
    }

    private bool Unexpected(string where)
    {
        string shown = QuotedRune(_text[_at..], out int length);
        _error = string.Create(
            CultureInfo.InvariantCulture, $"invalid character {shown} {where} at offset {_at + length}");
        return false;
    }

    /// <summary>The first character of <paramref name="text"/> in single quotes, escaped if it does not print.</summary>
    private static string QuotedRune(ReadOnlySpan<byte> text, out int length)
    {
        if (Rune.DecodeFromUtf8(text, out Rune rune, out length) != OperationStatus.Done)
        {
            length = 1;
            return $"'\\x{text[0]:x2}'";
        }

        return rune.Value switch
        {
            '\'' => @"'\''",
            '\\' => @"'\\'",
            '\n' => @"'\n'",
            '\r' => @"'\r'",
            '\t' => @"'\t'",
            '\f' => @"'\f'",
            '\v' => @"'\v'",
            '\b' => @"'\b'",
            '\a' => @"'\a'",
            < 0x20 or 0x7f => $"'\\x{rune.Value:x2}'",
            _ when Rune.IsControl(rune) || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Format
                or UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse
                or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => $"'\\u{rune.Value:x4}'",
            _ => $"'{rune}'",
        };
    }
}
