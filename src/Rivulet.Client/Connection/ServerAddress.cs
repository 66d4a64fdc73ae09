using System.Globalization;

namespace Rivulet.Client;

/// <summary>Where a server is, and the credentials that its address carried.</summary>
internal sealed record ServerAddress
{
    public const int DefaultPort = 4222;

    private const string SchemeSeparator = "://";

    public required string Host { get; init; }

    public required int Port { get; init; }

    public bool RequiresTls { get; init; }

    public string? User { get; init; }

    public string? Password { get; init; }

    public string? Token { get; init; }

    /// <summary>The address without credentials.</summary>
    public string Url { get; private init; } = "";

    /// <summary>Every address of a list of strings, each of which may hold several separated by commas.</summary>
    /// <exception cref="ArgumentException">One of them is not an address.</exception>
    public static List<ServerAddress> ParseAll(IReadOnlyList<string> servers)
    {
        List<ServerAddress> addresses = [];
        foreach (string entry in servers)
        {
            foreach (string part in entry.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
                addresses.Add(Parse(part));
        }

        if (addresses.Count == 0)
            throw new ArgumentException("There is no server to connect to.", nameof(servers));
        return addresses;
    }

    /// <exception cref="ArgumentException">It is not an address.</exception>
    public static ServerAddress Parse(string text)
    {
        string withScheme = text.Contains(SchemeSeparator, StringComparison.Ordinal) ? text : "nats" + SchemeSeparator + text;
        if (!Uri.TryCreate(withScheme, UriKind.Absolute, out Uri? uri) || uri.Host.Length == 0)
            throw new ArgumentException("The address of a server cannot be read.", nameof(text));
        if (uri.Scheme is not ("nats" or "tls"))
            throw new ArgumentException($"Servers with the scheme '{uri.Scheme}' are not supported.", nameof(text));

        int port = uri.Port < 0 ? DefaultPort : uri.Port;
        ServerAddress address = new()
        {
            Host = uri.IdnHost,
            Port = port,
            RequiresTls = uri.Scheme == "tls",
            Url = string.Create(CultureInfo.InvariantCulture, $"{uri.Scheme}{SchemeSeparator}{uri.Host}:{port}"),
        };
        return WithUserInfo(address, uri.UserInfo);
    }

    /// <summary>True if both are the same place, whatever the credentials.</summary>
    public bool IsSamePlace(ServerAddress other) =>
        Port == other.Port && string.Equals(Host, other.Host, StringComparison.OrdinalIgnoreCase);

    /// <summary><c>user:password</c>, or a token alone; both percent-encoded.</summary>
    private static ServerAddress WithUserInfo(ServerAddress address, string userInfo)
    {
        if (userInfo.Length == 0)
            return address;
        int colon = userInfo.IndexOf(':', StringComparison.Ordinal);
        return colon < 0
            ? address with { Token = Uri.UnescapeDataString(userInfo) }
            : address with
            {
                User = Uri.UnescapeDataString(userInfo[..colon]),
                Password = Uri.UnescapeDataString(userInfo[(colon + 1)..]),
            };
    }
}
