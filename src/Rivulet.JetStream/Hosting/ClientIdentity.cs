namespace Rivulet.JetStream.Hosting;

/// <summary>Who a connection belongs to, as audit advisories name it.</summary>
public sealed record ClientIdentity
{
    /// <summary>Connection id, unique while the server runs.</summary>
    public required ulong Id { get; init; }

    /// <summary>Account of the connection.</summary>
    public required string Account { get; init; }

    /// <summary>Address of the peer, without port; empty for an in-process connection.</summary>
    public string Host { get; init; } = "";

    /// <summary>Name that the client gave in CONNECT.</summary>
    public string Name { get; init; } = "";

    /// <summary>User name it authenticated as, empty for none.</summary>
    public string User { get; init; } = "";

    /// <summary>Client library's language.</summary>
    public string Language { get; init; } = "";

    /// <summary>Client library's version.</summary>
    public string Version { get; init; } = "";

    /// <summary>Last measured round trip; zero before that.</summary>
    public TimeSpan RoundTrip { get; init; }

    /// <summary>When the connection was made.</summary>
    public DateTimeOffset Start { get; init; }
}
