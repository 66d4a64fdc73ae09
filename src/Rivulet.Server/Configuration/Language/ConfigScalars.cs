using System.Globalization;
using System.Text;

namespace Rivulet.Server.Configuration.Language;

/// <summary>Parses values that hold no others: strings of all forms, numbers, booleans, times; and names of variables.</summary>
/// <param name="cursor">Where to read.</param>
internal sealed class ConfigScalars(ConfigCursor cursor)
{
    private const string DigitExpected = "Floats must start with a digit";

    /// <summary>Parses one. With a variable, its name is <paramref name="variable"/> and the value is to be looked up.</summary>
    /// <exception cref="ConfigSyntaxException">Says what is wrong.</exception>
    public ConfigValue Parse(out string? variable)
    {
        variable = null;
        char first = cursor.Peek();
        switch (first)
        {
            case '\'':
                return new ConfigText(ReadRaw(first, "Unexpected EOF."));
            case '"':
                return new ConfigText(ReadEscaped());
            case '(':
                return new ConfigText(ReadBlock());
            case '.':
                throw cursor.Error(DigitExpected);
            case '-' when !char.IsAsciiDigit(cursor.Peek(1)):
                cursor.Take();
                char wrong = cursor.Take();
                throw cursor.Error(wrong == '.' ? DigitExpected : $"Expected a digit but got {ConfigCursor.Shown(wrong, cursor.IsAtEnd)}.");
        }

        return first == '-' || char.IsAsciiDigit(first) ? ParseNumber() : ParseBare(cursor.Offset, out variable);
    }

    /// <summary>A text up to the quote that it begins with, as it stands.</summary>
    public string ReadRaw(char quote, string complaint)
    {
        cursor.Take();
        int start = cursor.Offset;
        while (cursor.Peek() != quote)
        {
            if (cursor.IsAtEnd)
                throw cursor.Error(complaint);
            cursor.Take();
        }

        string text = cursor.Since(start);
        cursor.Take();
        return text;
    }

    /// <summary>The path of an include without quotes.</summary>
    public string ReadBarePath()
    {
        int start = cursor.Offset;
        while (!cursor.IsAtEnd && cursor.Peek() is not ('\n' or '\r' or ';' or '}' or ' ' or '\t' or '\''))
            cursor.Take();
        string path = cursor.Since(start);
        if (cursor.Peek() == '\'')
            cursor.Take();
        return path;
    }

    private static bool EndsBare(char next)
    {
        return next is '\n' or '\r' or ';' or ',' or ']' or '}' or ' ' or '\t';
    }

    private static bool EndsNumber(char next, bool isEnd)
    {
        return isEnd || EndsBare(next);
    }

    /// <summary>A text without quotes, from an offset that may lie back; a boolean or a variable if it looks like one.</summary>
    private ConfigValue ParseBare(int start, out string? variable)
    {
        variable = null;
        StringBuilder? unescaped = null;
        while (!cursor.IsAtEnd && !EndsBare(cursor.Peek()) && cursor.Peek() != '\'')
        {
            if (cursor.Peek() != '\\')
            {
                char next = cursor.Take();
                unescaped?.Append(next);
                continue;
            }

            unescaped ??= new StringBuilder(cursor.Since(start));
            ReadEscape(unescaped);
        }

        string text = unescaped?.ToString() ?? cursor.Since(start);
        if (cursor.Peek() == '\'')
        {
            cursor.Take();
            return new ConfigText(text);
        }

        if (unescaped is null && text.StartsWith('$'))
            variable = text[1..];
        return unescaped is null && AsBoolean(text) is { } value ? new ConfigBoolean(value) : new ConfigText(text);
    }

    private static bool? AsBoolean(string text)
    {
        return text.ToLowerInvariant() switch
        {
            "true" or "yes" or "on" => true,
            "false" or "no" or "off" => false,
            _ => null,
        };
    }

    private string ReadEscaped()
    {
        cursor.Take();
        var text = new StringBuilder();
        while (cursor.Peek() != '"')
        {
            if (cursor.IsAtEnd)
                throw cursor.Error("Unexpected EOF.");
            if (cursor.Peek() == '\\')
                ReadEscape(text);
            else
                text.Append(cursor.Take());
        }

        cursor.Take();
        return text.ToString();
    }

    private void ReadEscape(StringBuilder text)
    {
        cursor.Take();
        bool isEnd = cursor.IsAtEnd;
        char escape = cursor.Take();
        switch (escape)
        {
            case 't': text.Append('\t'); break;
            case 'n': text.Append('\n'); break;
            case 'r': text.Append('\r'); break;
            case '"': text.Append('"'); break;
            case '\\': text.Append('\\'); break;
            case 'x': ReadBytes(text); break;
            default:
                throw cursor.Error($"Invalid escape character {ConfigCursor.Shown(escape, isEnd)}. Only the following escape characters are allowed: \\xXX, \\t, \\n, \\r, \\\", \\\\.");
        }
    }

    // Bytes that follow one another are read together, since only together they may be a character of UTF-8.
    private void ReadBytes(StringBuilder text)
    {
        var bytes = new List<byte> { ReadByte() };
        while (cursor.Peek() == '\\' && cursor.Peek(1) == 'x')
        {
            cursor.Take();
            cursor.Take();
            bytes.Add(ReadByte());
        }

        text.Append(Encoding.UTF8.GetString([.. bytes]));
    }

    private byte ReadByte()
    {
        int start = cursor.Offset;
        for (int i = 0; i < 2; i++)
        {
            if (cursor.IsAtEnd || cursor.Take() is '\n' or '\r')
                throw cursor.Error("Expected two hexadecimal digits after '\\x', but hit end of line");
        }

        string digits = cursor.Since(start);
        return byte.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value)
            ? value
            : throw cursor.Error($"Expected two hexadecimal digits after '\\x', but got '{digits}'");
    }

    /// <summary>A text in parentheses, of which the closing one stands alone on its line.</summary>
    private string ReadBlock()
    {
        cursor.Take();
        int start = cursor.Offset;
        char before = '(';
        while (!cursor.IsAtEnd)
        {
            if (cursor.Peek() == ')' && before == '\n' && cursor.Peek(1) is '\n' or ConfigCursor.End)
            {
                string text = cursor.Since(start);
                cursor.Take();
                return text;
            }

            before = cursor.Take();
        }

        throw cursor.Error("Unexpected EOF processing block.");
    }

    private ConfigValue ParseNumber()
    {
        int start = cursor.Offset;
        bool isNegative = cursor.Peek() == '-';
        if (isNegative)
            cursor.Take();
        TakeDigits();
        char next = cursor.Peek();
        if (next == '-' && !isNegative)
            return ParseTime(start);
        if (next == '.')
            return ParseFloat(start);
        string digits = cursor.Since(start);
        if (char.ToLowerInvariant(next) is 'k' or 'm' or 'g' or 't' or 'p' or 'e')
            TakeSuffix();
        string suffix = cursor.Since(start)[digits.Length..];
        if (isNegative || EndsNumber(cursor.Peek(), cursor.IsAtEnd))
            return new ConfigInteger(Multiply(digits, suffix));

        // It began like a number: 2abc, 8kx.
        return ParseBare(start, out _);
    }

    private void TakeDigits()
    {
        while (char.IsAsciiDigit(cursor.Peek()))
            cursor.Take();
    }

    private void TakeSuffix()
    {
        cursor.Take();
        while (cursor.Peek() is 'b' or 'B' or 'i' or 'I')
            cursor.Take();
    }

    private long Multiply(string digits, string suffix)
    {
        if (!long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number))
            throw new ConfigSyntaxException($"integer '{digits}{suffix}' is out of the range");
        string unit = suffix.ToLowerInvariant();
        if (unit.Length > 1 && unit[1..] is not ("b" or "i" or "ib"))
            throw cursor.Error($"Unknown unit '{suffix}' of a number.");
        int power = unit.Length == 0 ? 0 : "kmgtpe".IndexOf(unit[0], StringComparison.Ordinal) + 1;
        long factor = 1;
        for (int i = 0; i < power; i++)
            factor *= unit.Length > 1 ? 1024 : 1000;
        Int128 product = (Int128)number * factor;
        return product >= long.MinValue && product <= long.MaxValue
            ? (long)product
            : throw new ConfigSyntaxException($"integer '{digits}{suffix}' is out of the range");
    }

    /// <summary>A number with a point; or an address, which has another one.</summary>
    private ConfigValue ParseFloat(int start)
    {
        cursor.Take();
        if (!char.IsAsciiDigit(cursor.Peek()))
            throw cursor.Error($"Floats must have a digit after the '.', but got {ConfigCursor.Shown(cursor.Take(), cursor.IsAtEnd)} instead.");
        TakeDigits();
        if (cursor.Peek() == '.')
        {
            while (char.IsAsciiDigit(cursor.Peek()) || cursor.Peek() is '.' or ':' or '-')
                cursor.Take();
            return new ConfigText(cursor.Since(start));
        }

        string text = cursor.Since(start);
        double value = double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
        return double.IsFinite(value) ? new ConfigFloat(value) : throw new ConfigSyntaxException($"float '{text}' is out of the range");
    }

    private ConfigTime ParseTime(int start)
    {
        const string Rest = "-00-00T00:00:00Z";
        if (cursor.Offset - start != 4)
            throw cursor.Error("All ISO8601 dates must be in full Zulu form.");
        foreach (char expected in Rest)
        {
            bool isEnd = cursor.IsAtEnd;
            char next = cursor.Take();
            if (expected == '0' && !char.IsAsciiDigit(next))
                throw cursor.Error($"Expected digit in ISO8601 datetime, but found {ConfigCursor.Shown(next, isEnd)} instead.");
            if (expected != '0' && next != expected)
                throw cursor.Error($"Expected '{expected}' in ISO8601 datetime, but found {ConfigCursor.Shown(next, isEnd)} instead.");
        }

        string text = cursor.Since(start);
        return DateTimeOffset.TryParseExact(
            text, "yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? new ConfigTime(time)
            : throw new ConfigSyntaxException($"expected Zulu formatted DateTime, but got '{text}'");
    }
}
