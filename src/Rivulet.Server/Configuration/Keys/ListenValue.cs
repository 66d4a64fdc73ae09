using System.Globalization;
using Rivulet.Server.Configuration.Language;

namespace Rivulet.Server.Configuration.Keys;

/// <summary>The value of a <c>listen</c> key: a port, or a host and a port.</summary>
internal static class ListenValue
{
    /// <summary>Reads one. The host is null if the value does not name one.</summary>
    public static bool TryRead(ConfigEntry entry, ConfigProblems problems, out string? host, out int port)
    {
        host = null;
        port = 0;
        string? complaint = entry.Value switch
        {
            ConfigInteger integer => FromNumber(integer.Value, out port),
            ConfigText text => FromText(text.Value, out host, out port),
            _ => $"expected port or host:port, got {entry.Value.KindName}",
        };
        if (complaint is not null)
            problems.Error(entry.Position, complaint);
        return complaint is null;
    }

    // What is out of range is found when the server starts, as in the reference server.
    private static string? FromNumber(long number, out int port)
    {
        port = (int)Math.Clamp(number, int.MinValue, int.MaxValue);
        return null;
    }

    private static string? FromText(string text, out string? host, out int port)
    {
        host = null;
        port = 0;
        int colon = text.LastIndexOf(':');
        string before = colon < 0 ? "" : text[..colon];
        bool isBracketed = before.StartsWith('[') && before.EndsWith(']');
        if (colon < 0 || (before.Contains(':', StringComparison.Ordinal) && !isBracketed))
            return $"could not parse address string \"{text}\"";
        if (!int.TryParse(text[(colon + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out port))
            return $"could not parse port \"{text[(colon + 1)..]}\"";
        if (before.Length > 0)
            host = isBracketed ? before[1..^1] : before;
        return null;
    }
}
