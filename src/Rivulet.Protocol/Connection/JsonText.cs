using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Rivulet.Protocol;

/// <summary>
/// Reads JSON text that a peer chose: an escaped half of a surrogate pair becomes U+FFFD, as in the reference server, where
/// the JSON reader would throw.
/// </summary>
internal static class JsonText
{
    /// <summary>The text of the string or property name under the reader's cursor.</summary>
    public static string Read(ref Utf8JsonReader reader)
    {
        Debug.Assert(!reader.HasValueSequence, "A control line is one span.");
        string raw = Encoding.UTF8.GetString(reader.ValueSpan);
        return reader.ValueIsEscaped ? Unescape(raw) : raw;
    }

    // The reader has checked that every escape is complete and of a known kind.
    private static string Unescape(string raw)
    {
        var text = new StringBuilder(raw.Length);
        for (int i = 0; i < raw.Length; i++)
        {
            if (raw[i] != '\\')
            {
                text.Append(raw[i]);
                continue;
            }

            i++;
            if (raw[i] == 'u')
            {
                text.Append((char)ushort.Parse(raw.AsSpan(i + 1, 4), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
                i += 4;
            }
            else
            {
                text.Append(Unescaped(raw[i]));
            }
        }

        return Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text.ToString()));
    }

    private static char Unescaped(char escape)
    {
        return escape switch
        {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'b' => '\b',
            'f' => '\f',
            _ => escape,
        };
    }
}
