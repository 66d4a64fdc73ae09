using System.Globalization;
using System.Text;
using Rivulet.Protocol;

namespace Rivulet.Server.Accounts;

/// <summary>Finds out whether another system traces a request, from the headers that such systems write. Source: the reference server.</summary>
/// <remarks>
/// Four kinds of headers, the first that is there decides: Jaeger's (<c>Uber-Trace-Id</c>), Zipkin's (<c>X-B3-*</c>, or <c>B3</c> in one), and the
/// W3C's (<c>Traceparent</c>).
/// </remarks>
internal static class LatencySampling
{
    private const string Uber = "Uber-Trace-Id";
    private const string UberContext = "Uberctx-";
    private const string B3 = "B3";
    private const string B3Sampled = "X-B3-Sampled";
    private const string B3TraceId = "X-B3-Traceid";
    private const string TraceParent = "Traceparent";

    private static readonly string[] B3Names = [B3Sampled, B3TraceId, "X-B3-Parentspanid", "X-B3-Spanid"];
    private static readonly string[] TraceContextNames = [TraceParent, "Tracestate"];

    /// <summary>The headers that say so, with their names as such are written; null if none does.</summary>
    public static IReadOnlyList<KeyValuePair<string, IReadOnlyList<string>>>? Find(ReadOnlySpan<byte> block)
    {
        if (block.IsEmpty)
            return null;
        var headers = Read(block);
        if (First(headers, Uber) is { } uber)
            return IsUberSampled(uber) ? Those(headers, name => name == Uber || name.StartsWith(UberContext, StringComparison.Ordinal)) : null;
        string? sampled = First(headers, B3Sampled);
        if (sampled is "0")
            return null;
        if (sampled is "1" || First(headers, B3TraceId) is not null)
            return Those(headers, name => B3Names.Contains(name));
        if (First(headers, B3) is { } b3)
            return IsB3Denied(b3) ? null : Those(headers, name => name == B3);
        return First(headers, TraceParent) is { } parent && IsParentSampled(parent) ? Those(headers, name => TraceContextNames.Contains(name)) : null;
    }

    private static SortedDictionary<string, List<string>> Read(ReadOnlySpan<byte> block)
    {
        var headers = new SortedDictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (var field in new HeaderBlock(block))
        {
            string name = Canonical(Encoding.UTF8.GetString(field.Name));
            if (!headers.TryGetValue(name, out var values))
                headers.Add(name, values = []);
            values.Add(Encoding.UTF8.GetString(field.Value));
        }

        return headers;
    }

    // The first letter of each word is large, the others are small.
    private static string Canonical(string name)
    {
        return string.Create(name.Length, name, static (text, name) =>
        {
            for (int i = 0; i < name.Length; i++)
                text[i] = i == 0 || name[i - 1] == '-' ? char.ToUpperInvariant(name[i]) : char.ToLowerInvariant(name[i]);
        });
    }

    private static string? First(SortedDictionary<string, List<string>> headers, string name)
    {
        return headers.TryGetValue(name, out var values) ? values[0] : null;
    }

    private static List<KeyValuePair<string, IReadOnlyList<string>>> Those(SortedDictionary<string, List<string>> headers, Func<string, bool> isOne)
    {
        return [.. headers.Where(header => isOne(header.Key)).Select(header => KeyValuePair.Create(header.Key, (IReadOnlyList<string>)header.Value))];
    }

    // 479fefe9525eddb:5adb976bfc1f95c1:479fefe9525eddb:1, the last of it flags.
    private static bool IsUberSampled(string value)
    {
        string[] fields = value.Split(':');
        return fields.Length == 4 && fields[3].Length is 1 or 2 && HasSampledFlag(fields[3]);
    }

    // 80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-1-05e3ac9a4f6e3b90, or 0 alone.
    private static bool IsB3Denied(string value)
    {
        string[] fields = value.Split('-');
        return fields.Length > 2 ? fields[2] == "0" : fields is ["0"];
    }

    // 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
    private static bool IsParentSampled(string value)
    {
        string[] fields = value.Split('-');
        return fields.Length == 4 && fields[3].Length == 2 && HasSampledFlag(fields[3]);
    }

    private static bool HasSampledFlag(string flags)
    {
        return byte.TryParse(flags, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte bits) && (bits & 1) != 0;
    }
}
