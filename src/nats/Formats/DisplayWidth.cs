using System.Globalization;
using System.Text;

namespace Rivulet.Cli.Formats;

/// <summary>How many terminal cells a text takes: none for combining marks, two for wide East Asian and emoji.</summary>
internal static class DisplayWidth
{
    public static int Of(ReadOnlySpan<char> text)
    {
        if (Ascii.IsValid(text))
        {
            return text.Length;
        }

        var width = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            width += Of(rune);
        }

        return width;
    }

    public static int Of(Rune rune)
    {
        if (rune.IsAscii)
        {
            return 1;
        }

        if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format)
        {
            return 0;
        }

        return IsWide(rune.Value) ? 2 : 1;
    }

    private static bool IsWide(int value) => value switch
    {
        >= 0x1100 and <= 0x115f => true, // Hangul Jamo
        >= 0x2e80 and <= 0x303e => true, // CJK radicals and punctuation
        >= 0x3041 and <= 0x33ff => true, // kana, CJK compatibility
        >= 0x3400 and <= 0x4dbf => true, // CJK extension A
        >= 0x4e00 and <= 0x9fff => true, // CJK
        >= 0xa000 and <= 0xa4cf => true, // Yi
        >= 0xac00 and <= 0xd7a3 => true, // Hangul
        >= 0xf900 and <= 0xfaff => true, // CJK compatibility ideographs
        >= 0xfe30 and <= 0xfe6f => true, // CJK compatibility forms
        >= 0xff00 and <= 0xff60 => true, // full-width forms
        >= 0xffe0 and <= 0xffe6 => true,
        >= 0x1f300 and <= 0x1f64f => true, // pictographs, emoticons
        >= 0x1f900 and <= 0x1f9ff => true,
        >= 0x20000 and <= 0x3fffd => true, // CJK extensions B and later
        _ => false,
    };
}
