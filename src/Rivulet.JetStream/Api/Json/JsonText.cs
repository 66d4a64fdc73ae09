using System.Text;

namespace Rivulet.JetStream.Api.Json;

/// <summary>Text of JSON strings outside the ordinary.</summary>
internal static class JsonText
{
    /// <summary>
    /// The text of a string whose escapes are in order but which is not proper Unicode: bytes that are not UTF-8 and
    /// halves of surrogate pairs become replacement characters.
    /// </summary>
    /// <param name="raw">The string between its quotes.</param>
    public static string UnescapeLeniently(ReadOnlySpan<byte> raw)
    {
        string text = Encoding.UTF8.GetString(raw);
        var result = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\')
            {
                result.Append(text[i]);
                continue;
            }

            i++;
            if (text[i] == 'u')
            {
                result.Append((char)Convert.ToUInt16(text.Substring(i + 1, 4), 16));
                i += 4;
            }
            else
            {
                result.Append(text[i] switch { 'b' => '\b', 'f' => '\f', 'n' => '\n', 'r' => '\r', 't' => '\t', char c => c });
            }
        }

        return WithoutLoneSurrogates(result);
    }

    private static string WithoutLoneSurrogates(StringBuilder text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
                continue;
            if (i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]))
                i++;
            else
                text[i] = '\uFFFD';
        }

        return text.ToString();
    }
}
