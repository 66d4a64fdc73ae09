using System.Globalization;
using System.Text;

namespace Rivulet.Cli.Formats;

/// <summary>Text between double quotes, with escapes for what a terminal would not show.</summary>
internal static class Quoting
{
    public static string Quote(string text)
    {
        var quoted = new StringBuilder(text.Length + 2).Append('"');
        foreach (var rune in text.EnumerateRunes())
        {
            Append(quoted, rune);
        }

        return quoted.Append('"').ToString();
    }

    private static void Append(StringBuilder quoted, Rune rune)
    {
        switch (rune.Value)
        {
            case '"':
            case '\\':
                quoted.Append('\\').Append((char)rune.Value);
                break;
            case '\a':
                quoted.Append("\\a");
                break;
            case '\b':
                quoted.Append("\\b");
                break;
            case '\f':
                quoted.Append("\\f");
                break;
            case '\n':
                quoted.Append("\\n");
                break;
            case '\r':
                quoted.Append("\\r");
                break;
            case '\t':
                quoted.Append("\\t");
                break;
            case '\v':
                quoted.Append("\\v");
                break;
            case < ' ' or 0x7f:
                quoted.Append("\\x").Append(rune.Value.ToString("x2", CultureInfo.InvariantCulture));
                break;
            default:
                AppendPrintable(quoted, rune);
                break;
        }
    }

    private static void AppendPrintable(StringBuilder quoted, Rune rune)
    {
        var hidden = Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format
            or UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator;
        if (!hidden && (rune.Value == ' ' || !Rune.IsWhiteSpace(rune)))
        {
            quoted.Append(rune.ToString());
        }
        else if (rune.IsBmp)
        {
            quoted.Append("\\u").Append(rune.Value.ToString("x4", CultureInfo.InvariantCulture));
        }
        else
        {
            quoted.Append("\\U").Append(rune.Value.ToString("x8", CultureInfo.InvariantCulture));
        }
    }
}
