namespace Rivulet.Server.Configuration.Language;

/// <summary>A place in the text of a configuration file that moves forward, and knows its line.</summary>
internal sealed class ConfigCursor
{
    /// <summary>What <see cref="Peek"/> gives at the end. A zero in the text itself is not allowed there.</summary>
    public const char End = '\0';

    private readonly string _text;
    private readonly string _file;
    private int _at;
    private int _line = 1;
    private int _lineStart;

    /// <summary>The beginning of a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="file">Name of its file, for positions.</param>
    public ConfigCursor(string text, string file)
    {
        _text = text;
        _file = file;
    }

    /// <summary>Offset of the next character.</summary>
    public int Offset => _at;

    /// <summary>The line of the next character, from 1.</summary>
    public int Line => _line;

    /// <summary>Whether nothing is left.</summary>
    public bool IsAtEnd => _at >= _text.Length;

    /// <summary>Position of the next character.</summary>
    public ConfigPosition Position => new(_file, _line, _at - _lineStart);

    /// <summary>The next character, or one after it; <see cref="End"/> if there is none.</summary>
    public char Peek(int ahead = 0)
    {
        return _at + ahead < _text.Length ? _text[_at + ahead] : End;
    }

    /// <summary>The next character, taken.</summary>
    public char Take()
    {
        char taken = Peek();
        if (taken == '\n')
        {
            _line++;
            _lineStart = _at;
        }

        _at++;
        return taken;
    }

    /// <summary>The text from an offset up to the next character.</summary>
    public string Since(int offset)
    {
        return _text[offset..Math.Min(_at, _text.Length)];
    }

    /// <summary>Passes blanks and tabs.</summary>
    public void SkipBlanks()
    {
        while (Peek() is ' ' or '\t')
            Take();
    }

    /// <summary>Passes white space of any kind, line ends included.</summary>
    public void SkipSpace()
    {
        while (char.IsWhiteSpace(Peek()))
            Take();
    }

    /// <summary>Passes the rest of the line if a comment begins here; whether it did.</summary>
    public bool SkipComment()
    {
        if (Peek() != '#' && (Peek() != '/' || Peek(1) != '/'))
            return false;
        while (!IsAtEnd && Peek() is not ('\n' or '\r'))
            Take();
        return true;
    }

    /// <summary>Passes white space and comments.</summary>
    public void SkipSpaceAndComments()
    {
        do
            SkipSpace();
        while (SkipComment());
    }

    /// <summary>An error at the line reached.</summary>
    public ConfigSyntaxException Error(string complaint)
    {
        return new ConfigSyntaxException(
            string.Create(System.Globalization.CultureInfo.InvariantCulture, $"Parse error on line {_line}: '{complaint}'"));
    }

    /// <summary>Takes the next character, which should have been something else.</summary>
    public ConfigSyntaxException Unexpected(string expected)
    {
        return Error($"{expected}, but got {Shown(IsAtEnd ? End : Take(), IsAtEnd)} instead.");
    }

    /// <summary>A character in quotes, as errors show it.</summary>
    public static string Shown(char character, bool isEnd)
    {
        return character switch
        {
            End when isEnd => "the end of the file",
            '\n' => "'\\n'",
            '\r' => "'\\r'",
            '\t' => "'\\t'",
            _ => $"'{character}'",
        };
    }
}
