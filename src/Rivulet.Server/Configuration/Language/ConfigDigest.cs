using System.Globalization;
using System.Text;
using Rivulet.Server.Security.Keys;

namespace Rivulet.Server.Configuration.Language;

/// <summary>
/// A hash of what a configuration says, whatever its layout. It is the reference server's: of the values as compact JSON
/// with sorted keys, written as Go writes it, and a line end.
/// </summary>
internal static class ConfigDigest
{
    /// <summary>The digest: <c>sha256:</c> and 64 hexadecimal digits.</summary>
    public static string Of(ConfigMap map)
    {
        var json = new StringBuilder();
        Write(json, map);
        json.Append('\n');
        return "sha256:" + Convert.ToHexStringLower(Sha256.Hash(Encoding.UTF8.GetBytes(json.ToString())));
    }

    private static void Write(StringBuilder json, ConfigValue value)
    {
        switch (value)
        {
            case ConfigMap map:
                WriteMap(json, map);
                break;
            case ConfigArray array:
                WriteArray(json, array);
                break;
            case ConfigText text:
                WriteText(json, text.Value);
                break;
            case ConfigInteger integer:
                json.Append(integer.Value.ToString(CultureInfo.InvariantCulture));
                break;
            case ConfigFloat number:
                json.Append(number.Value.ToString("0.####################", CultureInfo.InvariantCulture));
                break;
            case ConfigBoolean boolean:
                json.Append(boolean.Value ? "true" : "false");
                break;
            case ConfigTime time:
                json.Append(CultureInfo.InvariantCulture, $"\"{time.Value:yyyy-MM-dd'T'HH:mm:ss'Z'}\"");
                break;
        }
    }

    private static void WriteMap(StringBuilder json, ConfigMap map)
    {
        char separator = '{';
        foreach (var entry in map.Entries.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            json.Append(separator);
            separator = ',';
            WriteText(json, entry.Key);
            json.Append(':');
            Write(json, entry.Value);
        }

        json.Append(separator == '{' ? "{}" : "}");
    }

    private static void WriteArray(StringBuilder json, ConfigArray array)
    {
        char separator = '[';
        foreach (var item in array.Items)
        {
            json.Append(separator);
            separator = ',';
            Write(json, item.Value);
        }

        json.Append(separator == '[' ? "[]" : "]");
    }

    private static void WriteText(StringBuilder json, string text)
    {
        json.Append('"');
        foreach (char c in text)
        {
            switch (c)
            {
                case '"': json.Append("\\\""); break;
                case '\\': json.Append("\\\\"); break;
                case '\b': json.Append("\\b"); break;
                case '\f': json.Append("\\f"); break;
                case '\n': json.Append("\\n"); break;
                case '\r': json.Append("\\r"); break;
                case '\t': json.Append("\\t"); break;
                case < ' ' or '<' or '>' or '&' or '\u2028' or '\u2029':
                    json.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
                    break;
                default: json.Append(c); break;
            }
        }

        json.Append('"');
    }
}
