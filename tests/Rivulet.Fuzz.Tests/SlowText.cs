using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Rivulet.Fuzz.Tests;

/// <summary>Undoes the escapes of a JSON text; half a surrogate pair becomes U+FFFD, as in the reference server.</summary>
internal static partial class SlowText
{
    public static string Of(string raw)
    {
        string text = Escape().Replace(raw, match => match.Value[1] switch
        {
            'n' => "\n",
            'r' => "\r",
            't' => "\t",
            'b' => "\b",
            'f' => "\f",
            'u' => ((char)int.Parse(match.Value.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToString(),
            char other => other.ToString(),
        });
        return Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
    }

    [GeneratedRegex(@"\\(u[0-9a-fA-F]{4}|.)", RegexOptions.Singleline)]
    private static partial Regex Escape();
}
