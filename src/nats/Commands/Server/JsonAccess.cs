using System.Globalization;
using System.Text.Json;

namespace Rivulet.Cli.Commands.Server;

/// <summary>Reads what servers answer. A member that is not there, or is of another kind, is as good as nothing.</summary>
internal static class JsonAccess
{
    /// <summary>A member some levels down; null when it is not there.</summary>
    public static JsonElement? At(this JsonElement element, params ReadOnlySpan<string> path)
    {
        foreach (var name in path)
        {
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out element))
            {
                return null;
            }
        }

        return element;
    }

    public static string Text(this JsonElement element, params ReadOnlySpan<string> path) =>
        element.At(path) is { ValueKind: JsonValueKind.String } text ? text.GetString() ?? "" : "";

    /// <summary>A whole number; 0 when there is none. The largest unsigned ones, which stand for no limit, are -1.</summary>
    public static long Number(this JsonElement element, params ReadOnlySpan<string> path) =>
        element.At(path) is { ValueKind: JsonValueKind.Number } number
            ? number.TryGetInt64(out var value) ? value : number.TryGetUInt64(out var large) ? unchecked((long)large) : (long)number.GetDouble()
            : 0;

    public static double Fraction(this JsonElement element, params ReadOnlySpan<string> path) =>
        element.At(path) is { ValueKind: JsonValueKind.Number } number ? number.GetDouble() : 0;

    public static bool Flag(this JsonElement element, params ReadOnlySpan<string> path) =>
        element.At(path) is { ValueKind: JsonValueKind.True };

    public static List<JsonElement> Items(this JsonElement element, params ReadOnlySpan<string> path) =>
        element.At(path) is { ValueKind: JsonValueKind.Array } list ? [.. list.EnumerateArray()] : [];

    /// <summary>A point in time; the first one there is when there is none.</summary>
    public static DateTimeOffset Time(this JsonElement element, params ReadOnlySpan<string> path) =>
        DateTimeOffset.TryParse(element.Text(path), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time : DateTimeOffset.MinValue;

    /// <summary>A number of bytes, as people read it.</summary>
    public static string Bytes(this JsonElement element, params ReadOnlySpan<string> path) =>
        Formats.ByteSizes.Format((ulong)Math.Max(0, element.Number(path)));

    /// <summary>A whole number with commas.</summary>
    public static string Count(this JsonElement element, params ReadOnlySpan<string> path) =>
        Formats.Numbers.WithCommas(element.Number(path));
}
