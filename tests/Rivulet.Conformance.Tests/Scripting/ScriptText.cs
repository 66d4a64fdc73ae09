using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Rivulet.Conformance.Tests.Scripting;

/// <summary>Between bytes and the text of scripts.</summary>
internal static partial class ScriptText
{
    /// <summary>
    /// The bytes that a text stands for: UTF-8, with <c>\r \n \t \0 \s \\ \xHH</c>, and <c>{x*100}</c> for a character a
    /// hundred times.
    /// </summary>
    public static byte[] ToBytes(string text)
    {
        string repeated = Repetition().Replace(
            text, match => new string(match.Groups[1].Value[0], int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture)));
        var bytes = new List<byte>();
        foreach (Match piece in Piece().Matches(repeated))
        {
            if (piece.Value[0] == '\\' && piece.Length > 1)
                bytes.Add(Unescape(piece.Value));
            else
                bytes.AddRange(Encoding.UTF8.GetBytes(piece.Value));
        }

        return [.. bytes];
    }

    /// <summary>Bytes as text that can be read and pasted into a script.</summary>
    public static string ToText(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder();
        foreach (byte next in bytes)
        {
            string shown = next switch
            {
                (byte)'\r' => "\\r",
                (byte)'\n' => "\\n",
                (byte)'\t' => "\\t",
                (byte)'\\' => "\\\\",
                < 0x20 or >= 0x7F => $"\\x{next:x2}",
                _ => ((char)next).ToString(),
            };
            text.Append(shown);
        }

        return text.ToString();
    }

    private static byte Unescape(string escape)
    {
        return escape[1] switch
        {
            'r' => (byte)'\r',
            'n' => (byte)'\n',
            't' => (byte)'\t',
            's' => (byte)' ',
            '0' => 0,
            'x' => byte.Parse(escape.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture),
            _ => (byte)'\\',
        };
    }

    [GeneratedRegex(@"\{(.)\*([0-9]+)\}")]
    private static partial Regex Repetition();

    [GeneratedRegex(@"\\x[0-9a-f]{2}|\\[rnts0\\]|[^\\]+|\\", RegexOptions.Singleline)]
    private static partial Regex Piece();
}
