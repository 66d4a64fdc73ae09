using System.Text;

namespace Rivulet.Cli.Formats;

/// <summary>Cuts text to a number of terminal cells.</summary>
internal static class TextFit
{
    /// <summary>The longest start of the text that fits; at least one character, so that a caller moves on.</summary>
    public static ReadOnlySpan<char> Take(ReadOnlySpan<char> text, int widthMax)
    {
        var width = 0;
        var length = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            width += DisplayWidth.Of(rune);
            if (width > widthMax && length > 0)
            {
                break;
            }

            length += rune.Utf16SequenceLength;
        }

        return text[..Math.Min(length, text.Length)];
    }

    /// <summary>As <see cref="Take"/> for text with colour sequences, which take no room and are all kept.</summary>
    public static string TakeColored(string text, int widthMax)
    {
        var cut = new StringBuilder(text.Length);
        var width = 0;
        for (var i = 0; i < text.Length;)
        {
            if (text[i] == '\e')
            {
                var end = text.IndexOf('m', i) + 1;
                cut.Append(text, i, end - i);
                i = end;
                continue;
            }

            Rune.DecodeFromUtf16(text.AsSpan(i), out var rune, out var consumed);
            width += DisplayWidth.Of(rune);
            if (width <= widthMax)
            {
                cut.Append(text, i, consumed);
            }

            i += consumed;
        }

        return cut.ToString();
    }
}
