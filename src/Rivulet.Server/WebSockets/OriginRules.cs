using System.Globalization;

namespace Rivulet.Server.WebSockets;

/// <summary>Which pages a browser may connect from. A client that names no origin is no browser, and not concerned.</summary>
/// <param name="sameOrigin">Whether the page must be from the same scheme, host and port.</param>
/// <param name="allowed">The origins that are allowed; empty for any.</param>
internal sealed class OriginRules(bool sameOrigin, IReadOnlyList<string> allowed)
{
    private readonly Origin[] _allowed = [.. allowed.Select(text => Origin.Parse(text, out _)).OfType<Origin>()];

    /// <summary>What is wrong with the origin of a request; null for nothing.</summary>
    /// <param name="origin">The origin that it names; empty for none.</param>
    /// <param name="host">The host that it is for, maybe with a port.</param>
    /// <param name="isSecure">Whether it came over TLS.</param>
    public string? Check(string origin, string host, bool isSecure)
    {
        if ((!sameOrigin && _allowed.Length == 0) || origin.Length == 0)
            return null;
        if (Origin.Parse(origin, out string? complaint) is not { } page)
            return complaint;
        if (sameOrigin && Origin.Of(isSecure ? "https" : "http", host) != page)
            return "not same origin";
        return _allowed.Length == 0 || _allowed.Contains(page) ? null : "not in the allowed list";
    }

    /// <summary>What is wrong with an origin in the configuration; null for nothing. The reference server's words.</summary>
    public static string? Complaint(string text)
    {
        // What stands in front of the host may be a password.
        int user = text.LastIndexOf('@');
        if (user >= 0)
            return $"unable to parse allowed origin \"[REDACTED]{text[user..]}\": there are no users in origins";
        if (Origin.Parse(text, out string? complaint) is not { } origin)
            return $"unable to parse allowed origin: {complaint}";
        if (origin.Scheme is not ("http" or "https"))
            return $"unable to parse allowed origin \"{text}\": allowed origins must be absolute URLs with http or https scheme";
        return origin.Host.Length > 0 ? null : $"unable to parse allowed origin \"{text}\": host is required";
    }

    /// <summary>Where a page is from.</summary>
    private sealed record Origin(string Scheme, string Host, string Port)
    {
        public static Origin Of(string scheme, string authority)
        {
            int colon = authority.LastIndexOf(':');
            bool hasPort = colon >= 0 && colon > authority.LastIndexOf(']');
            string host = (hasPort ? authority[..colon] : authority).Trim('[', ']').ToLowerInvariant();
            return new Origin(scheme, host, hasPort ? authority[(colon + 1)..] : scheme == "https" ? "443" : "80");
        }

        public static Origin? Parse(string text, out string? complaint)
        {
            int end = text.IndexOf("://", StringComparison.Ordinal);
            if (end <= 0)
            {
                // An absolute path is what remains of an address without scheme.
                complaint = text.Length == 0 ? "parse \"\": empty url" : $"parse \"{text}\": invalid URI for request";
                return text.StartsWith('/') ? new Origin("", "", "") : null;
            }

            string authority = text[(end + 3)..];
            int path = authority.IndexOfAny(['/', '?', '#']);
            authority = path < 0 ? authority : authority[..path];
            authority = authority[(authority.LastIndexOf('@') + 1)..];
            var origin = Of(text[..end].ToLowerInvariant(), authority);
            complaint = ushort.TryParse(origin.Port, NumberStyles.None, CultureInfo.InvariantCulture, out _)
                ? null
                : $"parse \"{text}\": invalid port \":{origin.Port}\" after host";
            return complaint is null ? origin : null;
        }
    }
}
