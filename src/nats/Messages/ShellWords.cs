using System.Text;

namespace Rivulet.Cli.Messages;

/// <summary>Splits a command line into words as a shell does: blanks divide, quotes and backslashes hold together.</summary>
internal static class ShellWords
{
    /// <exception cref="FormatException">A quote is not closed, or there is no word.</exception>
    public static List<string> Split(string line)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var inWord = false;
        var quote = '\0';
        for (var i = 0; i < line.Length; i++)
        {
            var c = line[i];
            if (c == '\\' && quote != '\'' && i + 1 < line.Length)
            {
                word.Append(line[++i]);
                inWord = true;
            }
            else if (quote != '\0')
            {
                quote = Close(quote, c, word);
            }
            else if (c is '\'' or '"')
            {
                quote = c;
                inWord = true;
            }
            else if (!char.IsWhiteSpace(c))
            {
                word.Append(c);
                inWord = true;
            }
            else if (inWord)
            {
                words.Add(word.ToString());
                word.Clear();
                inWord = false;
            }
        }

        if (quote != '\0')
        {
            throw new FormatException(quote == '"' ? "Unterminated double-quoted string" : "Unterminated single-quoted string");
        }

        if (inWord)
        {
            words.Add(word.ToString());
        }

        return words.Count > 0 ? words : throw new FormatException("the command is empty");
    }

    /// <summary>The quote that is open after this character.</summary>
    private static char Close(char quote, char c, StringBuilder word)
    {
        if (c == quote)
        {
            return '\0';
        }

        word.Append(c);
        return quote;
    }
}
