using System.Globalization;
using System.Text;

namespace Rivulet.Server.Host.Logging.Syslog;

/// <summary>Where a syslog daemon listens.</summary>
/// <param name="Network">How it is reached.</param>
/// <param name="Place">The path of its socket; a host by name or number, empty for this one.</param>
/// <param name="Port">Its port; 0 for a path.</param>
internal sealed record SyslogAddress(SyslogNetwork Network, string Place, int Port)
{
    private static readonly string[] LocalPaths = ["/dev/log", "/var/run/syslog", "/var/run/log"];

    /// <summary>Where a daemon of this machine may listen, in the order to try; none on a system without syslog.</summary>
    public static IReadOnlyList<SyslogAddress> Local { get; } = OperatingSystem.IsWindows()
        ? []
        : [.. from network in new[] { SyslogNetwork.UnixDatagram, SyslogNetwork.UnixStream }
              from path in LocalPaths
              select new SyslogAddress(network, path, 0)];

    /// <summary>Whether it is a path of this machine.</summary>
    public bool IsPath => Network is SyslogNetwork.UnixDatagram or SyslogNetwork.UnixStream;

    /// <summary>Reads <c>udp://host:port</c>, <c>tcp://host:port</c> or <c>unix:///path</c>; a user in front of the host means nothing.</summary>
    /// <exception cref="SyslogException">It is none of these. The message is the reference server's, without the user.</exception>
    public static SyslogAddress Parse(string text)
    {
        if (text.Any(IsControl))
            throw Unreadable(text, "net/url: invalid control character in URL");
        string scheme = SchemeOf(text);
        string rest = text[Math.Min(scheme.Length + 1, text.Length)..];
        return scheme switch
        {
            "udp" => AtHost(SyslogNetwork.Udp, scheme, rest, text),
            "tcp" => AtHost(SyslogNetwork.Tcp, scheme, rest, text),
            "unix" => AtPath(rest, text),
            _ => throw new SyslogException($"error invalid network type: {Quote(scheme)}"),
        };
    }

    /// <summary>An address as it may be shown: without the user in front of the host, who may have a password.</summary>
    public static string WithoutUser(string text)
    {
        int user = UserEnd(text);
        int slashes = text.IndexOf("//", StringComparison.Ordinal);
        int start = slashes >= 0 && slashes < user ? slashes + 2 : 0;
        return text.Remove(start, Math.Max(user - start, 0));
    }

    private static int UserEnd(string text)
    {
        return text.LastIndexOf('@') + 1;
    }

    private static string SchemeOf(string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
            return "";
        if (colon == 0)
            throw Unreadable(text, "missing protocol scheme");
        string scheme = text[..colon];
        if (char.IsAsciiLetter(scheme[0]) && scheme.All(c => char.IsAsciiLetterOrDigit(c) || c is '+' or '-' or '.'))
            return scheme.ToLowerInvariant();
        return scheme.Contains('/', StringComparison.Ordinal)
            ? ""
            : throw Unreadable(text, "first path segment in URL cannot contain colon");
    }

    private static SyslogAddress AtHost(SyslogNetwork network, string scheme, string rest, string text)
    {
        string address = rest.StartsWith("//", StringComparison.Ordinal) ? rest[Math.Max(2, UserEnd(rest))..] : "";
        int end = address.AsSpan().IndexOfAny('/', '?', '#');
        if (end >= 0)
            address = address[..end];
        if (address.Length == 0)
            throw Undialled($"dial {scheme}: missing address");
        var (host, port) = Split(address, text);
        if (!address.StartsWith('[') && host.Contains(':', StringComparison.Ordinal))
            throw Undialled($"dial {scheme}: address {address}: too many colons in address");
        if (port.Length == 0)
            throw Undialled($"dial {scheme}: address {address}: missing port in address");
        return ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out ushort number)
            ? new SyslogAddress(network, host, number)
            : throw Undialled($"dial {scheme}: address {port}: invalid port");
    }

    private static (string Host, string Port) Split(string address, string text)
    {
        bool isBracketed = address.StartsWith('[');
        int bracket = address.LastIndexOf(']');
        if (isBracketed && bracket < 0)
            throw Unreadable(text, "missing ']' in host");
        int colon = isBracketed ? bracket + 1 : address.LastIndexOf(':');
        string host = isBracketed ? address[1..bracket] : colon < 0 ? address : address[..colon];
        string port = colon < 0 ? "" : address[colon..];
        if (port.Length > 0 && (port[0] != ':' || !port.Skip(1).All(char.IsAsciiDigit)))
            throw Unreadable(text, $"invalid port {Quote(port)} after host");
        foreach (char c in host)
        {
            if (" \"<>\\^`{|}".Contains(c, StringComparison.Ordinal) || (c == '%' && !isBracketed))
                throw Unreadable(text, $"invalid character {Quote(c.ToString())} in host name");
        }

        return (host, port.Length > 0 ? port[1..] : "");
    }

    private static SyslogAddress AtPath(string rest, string text)
    {
        int end = rest.AsSpan().IndexOfAny('?', '#');
        string path = end < 0 ? rest : rest[..end];
        if (path.StartsWith("//", StringComparison.Ordinal))
            path = path.IndexOf('/', 2) is > 0 and var slash ? path[slash..] : "";
        for (int at = path.IndexOf('%', StringComparison.Ordinal); at >= 0; at = path.IndexOf('%', at + 1))
        {
            string escape = path.Substring(at, Math.Min(3, path.Length - at));
            if (escape.Length < 3 || !escape.Skip(1).All(char.IsAsciiHexDigit))
                throw Unreadable(text, $"invalid URL escape {Quote(escape)}");
        }

        path = Uri.UnescapeDataString(path);
        if (!path.StartsWith('/'))
            throw Undialled("dial unix: missing address");
        return path.Contains('\0', StringComparison.Ordinal)
            ? throw Undialled("dial unix: connect: invalid argument")
            : new SyslogAddress(SyslogNetwork.UnixStream, path, 0);
    }

    private static SyslogException Undialled(string why)
    {
        return new SyslogException($"error connecting to syslog: {Quote(why)}");
    }

    private static SyslogException Unreadable(string text, string why)
    {
        return new SyslogException($"parse {Quote(WithoutUser(text))}: {why}");
    }

    private static bool IsControl(char c)
    {
        return c is < ' ' or '\x7f';
    }

    private static string Quote(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (char c in text)
        {
            if (char.IsControl(c))
                quoted.Append(c < 0x80 ? "\\x" : "\\u").Append(((int)c).ToString(c < 0x80 ? "x2" : "x4", CultureInfo.InvariantCulture));
            else
                quoted.Append(c is '"' or '\\' ? "\\" : "").Append(c);
        }

        return quoted.Append('"').ToString();
    }
}
