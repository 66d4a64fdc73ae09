using System.Globalization;

namespace Rivulet.JetStream.Api.Json;

/// <summary>
/// Finds the first mistake in the syntax of a JSON text, and says it in the words that clients know from the reference
/// server. It checks; values are read elsewhere, of a text that has passed.
/// </summary>
internal ref struct JsonSyntax
{
    private const int DepthMax = 512;

    private readonly ReadOnlySpan<byte> _text;
    private readonly string _endText;
    private readonly bool _sayOffset;
    private int _at;
    private string? _mistake;

    private JsonSyntax(ReadOnlySpan<byte> text, bool isRequest)
    {
        _text = text;
        _endText = isRequest ? "unexpected EOF" : "unexpected end of JSON input";
        _sayOffset = isRequest;
    }

    /// <summary>Checks the body of an API request: JSON values one after another, or nothing.</summary>
    /// <returns>What is wrong; <c>null</c> if nothing is.</returns>
    public static string? FindMistakeInRequest(ReadOnlySpan<byte> text)
    {
        var syntax = new JsonSyntax(text, isRequest: true);
        while (syntax._mistake is null && syntax.SkipBlanks())
            syntax.Value(0);
        return syntax._mistake;
    }

    /// <summary>Checks a text that is to be exactly one value.</summary>
    /// <returns>What is wrong; <c>null</c> if nothing is.</returns>
    public static string? FindMistakeInValue(ReadOnlySpan<byte> text)
    {
        var syntax = new JsonSyntax(text, isRequest: false);
        if (syntax.Value(0) && syntax.SkipBlanks())
            syntax.Unexpected("after top-level value");
        return syntax._mistake;
    }

    private bool Value(int depth)
    {
        if (!SkipBlanks())
            return End();
        if (depth > DepthMax)
            return Mistake("exceeded max depth");
        return _text[_at] switch
        {
            (byte)'{' => Object(depth),
            (byte)'[' => Array(depth),
            (byte)'"' => String(),
            (byte)'t' => Word("true"),
            (byte)'f' => Word("false"),
            (byte)'n' => Word("null"),
            (byte)'-' or (>= (byte)'0' and <= (byte)'9') => Number(),
            _ => Unexpected("looking for beginning of value"),
        };
    }

    private bool Object(int depth)
    {
        _at++;
        if (!SkipBlanks())
            return End();
        if (TryTake('}'))
            return true;
        while (true)
        {
            if (!SkipBlanks())
                return End();
            if (_text[_at] != (byte)'"')
                return Unexpected("looking for beginning of object key string");
            if (!String())
                return false;
            if (!SkipBlanks())
                return End();
            if (!TryTake(':'))
                return Unexpected("after object key");
            if (!Value(depth + 1))
                return false;
            if (!SkipBlanks())
                return End();
            if (TryTake('}'))
                return true;
            if (!TryTake(','))
                return Unexpected("after object key:value pair");
        }
    }

    private bool Array(int depth)
    {
        _at++;
        if (!SkipBlanks())
            return End();
        if (TryTake(']'))
            return true;
        while (true)
        {
            if (!Value(depth + 1))
                return false;
            if (!SkipBlanks())
                return End();
            if (TryTake(']'))
                return true;
            if (!TryTake(','))
                return Unexpected("after array element");
        }
    }

    private bool String()
    {
        for (_at++; _at < _text.Length; _at++)
        {
            byte c = _text[_at];
            if (c == (byte)'"')
            {
                _at++;
                return true;
            }

            if (c < 0x20)
                return Unexpected("in string literal");
            if (c == (byte)'\\' && !Escape())
                return false;
        }

        return End();
    }

    // Stops on the last character of the escape.
    private bool Escape()
    {
        if (++_at == _text.Length)
            return End();
        if (_text[_at] != (byte)'u')
            return "\"\\/bfnrt"u8.Contains(_text[_at]) || Unexpected("in string escape code");
        for (int i = 0; i < 4; i++)
        {
            if (++_at == _text.Length)
                return End();
            if (!char.IsAsciiHexDigit((char)_text[_at]))
                return Unexpected("in \\u hexadecimal character escape");
        }

        return true;
    }

    private bool Word(string word)
    {
        for (int i = 0; i < word.Length; i++, _at++)
        {
            if (_at == _text.Length)
                return End();
            if (_text[_at] != word[i])
                return Unexpected($"in literal {word} (expecting '{word[i]}')");
        }

        return true;
    }

    private bool Number()
    {
        if (TryTake('-') && !AtDigit())
            return _at == _text.Length ? End() : Unexpected("in numeric literal");
        if (!TryTake('0'))
            SkipDigits();
        if (TryTake('.') && !Digits("after decimal point in numeric literal"))
            return false;
        if (TryTake('e') || TryTake('E'))
        {
            _ = TryTake('+') || TryTake('-');
            return Digits("in exponent of numeric literal");
        }

        return true;
    }

    private bool Digits(string context)
    {
        if (!AtDigit())
            return _at == _text.Length ? End() : Unexpected(context);
        SkipDigits();
        return true;
    }

    private void SkipDigits()
    {
        while (AtDigit())
            _at++;
    }

    private readonly bool AtDigit() => _at < _text.Length && char.IsAsciiDigit((char)_text[_at]);

    private bool TryTake(char c)
    {
        if (_at == _text.Length || _text[_at] != c)
            return false;
        _at++;
        return true;
    }

    /// <summary>Skips blanks. False at the end of the text.</summary>
    private bool SkipBlanks()
    {
        while (_at < _text.Length && _text[_at] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
            _at++;
        return _at < _text.Length;
    }

    private bool End()
    {
        _mistake = _endText;
        return false;
    }

    private bool Unexpected(string context) => Mistake($"invalid character {Quote(_text[_at])} {context}");

    private bool Mistake(string text)
    {
        string offset = _sayOffset ? string.Create(CultureInfo.InvariantCulture, $" at offset {_at + 1}") : "";
        _mistake = text + offset;
        return false;
    }

    private static string Quote(byte c) => c switch
    {
        (byte)'\'' => @"'\''",
        (byte)'\\' => @"'\\'",
        (byte)'\a' => @"'\a'",
        (byte)'\b' => @"'\b'",
        (byte)'\f' => @"'\f'",
        (byte)'\n' => @"'\n'",
        (byte)'\r' => @"'\r'",
        (byte)'\t' => @"'\t'",
        (byte)'\v' => @"'\v'",
        < 0x20 or 0x7f => string.Create(CultureInfo.InvariantCulture, $@"'\x{c:x2}'"),
        _ => $"'{(char)c}'",
    };
}
