using System.Globalization;
using System.Text;

namespace Rivulet.Server.Hosting;

/// <summary>Texts as the reference server quotes them in errors and logs.</summary>
internal static class GoText
{
    /// <summary>The bytes as UTF-8 in double quotes, with what cannot be shown escaped.</summary>
    public static string Quote(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length + 2).Append('"');
        while (!bytes.IsEmpty)
        {
            bool valid = Rune.DecodeFromUtf8(bytes, out var rune, out int length) == System.Buffers.OperationStatus.Done;
            if (valid)
                Append(text, rune);
            else
                text.Append(CultureInfo.InvariantCulture, $"\\x{bytes[0]:x2}");
            bytes = bytes[(valid ? length : 1)..];
        }

        return text.Append('"').ToString();
    }

    private static void Append(StringBuilder text, Rune rune)
    {
        switch (rune.Value)
        {
            case '\r': text.Append("\\r"); break;
            case '\n': text.Append("\\n"); break;
            case '\t': text.Append("\\t"); break;
            case '"': text.Append("\\\""); break;
            case '\\': text.Append("\\\\"); break;
            case < 0x20 or 0x7f: text.Append(CultureInfo.InvariantCulture, $"\\x{rune.Value:x2}"); break;
            default: text.Append(rune.ToString()); break;
        }
    }
}
