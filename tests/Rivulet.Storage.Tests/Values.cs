using System.Globalization;
using System.Text;

namespace Rivulet.Storage.Tests;

/// <summary>Payloads of the kinds that people store.</summary>
internal static class Values
{
    /// <summary>A JSON document that compresses as such documents do; no two are the same.</summary>
    public static string Json(int bytes, int seed = 1)
    {
        var random = new Random(seed);
        var text = new StringBuilder(bytes + 80).Append("{\"items\":[");
        while (text.Length < bytes - 30)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"{{\"sku\":\"A-{random.Next(100_000)}\",\"quantity\":{random.Next(9)},\"customer\":\"Anna\"}},");
        }
        return text.Append("{}],\"status\":\"open\"}").ToString();
    }

    /// <summary>Text in which nothing repeats.</summary>
    public static string Noise(int chars, int seed = 1)
    {
        var random = new Random(seed);
        return string.Concat(Enumerable.Range(0, chars).Select(_ => (char)random.Next(' ', 127)));
    }
}
