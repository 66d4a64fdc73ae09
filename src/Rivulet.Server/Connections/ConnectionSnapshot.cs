namespace Rivulet.Server.Connections;

/// <summary>A connection at one moment, or as it was when it closed, for monitoring.</summary>
internal sealed record ConnectionSnapshot
{
    /// <summary>Its id.</summary>
    public required ulong Id { get; init; }

    /// <summary>Its account.</summary>
    public required string Account { get; init; }

    /// <summary>Who it was found to be; empty for nobody in particular.</summary>
    public required string User { get; init; }

    /// <summary>The key that issued its user, from claims; null without.</summary>
    public string? IssuerKey { get; init; }

    /// <summary>Labels of its user, from claims.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>What its account is shown as.</summary>
    public required string NameTag { get; init; }

    /// <summary>The peer's address; empty in-process.</summary>
    public required string Ip { get; init; }

    /// <summary>The peer's port; 0 in-process.</summary>
    public required int Port { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset Start { get; init; }

    /// <summary>When the client published or pinged last.</summary>
    public required DateTimeOffset LastActivity { get; init; }

    /// <summary>When it closed; null while it is open.</summary>
    public DateTimeOffset? Stop { get; init; }

    /// <summary>Why it closed.</summary>
    public required ClosedReason Reason { get; init; }

    /// <summary>The last measured round trip; zero before that.</summary>
    public required TimeSpan RoundTrip { get; init; }

    /// <summary>Bytes waiting to be sent.</summary>
    public required long PendingBytes { get; init; }

    /// <summary>Messages and bytes.</summary>
    public required TrafficCounters Traffic { get; init; }

    /// <summary>Subscriptions.</summary>
    public required int SubscriptionCount { get; init; }

    /// <summary>What the client calls itself.</summary>
    public required string Name { get; init; }

    /// <summary>The language of its library.</summary>
    public required string Language { get; init; }

    /// <summary>The version of its library.</summary>
    public required string Version { get; init; }

    /// <summary>The connection itself, while it is open.</summary>
    public ClientConnection? Live { get; init; }

    /// <summary>An open connection as it is.</summary>
    public static ConnectionSnapshot Of(ClientConnection connection, DateTimeOffset now)
    {
        return Take(connection, now) with { Live = connection };
    }

    /// <summary>A connection that has just closed.</summary>
    public static ConnectionSnapshot OfClosed(ClientConnection connection, DateTimeOffset now)
    {
        return Take(connection, now) with { Stop = now };
    }

    private static ConnectionSnapshot Take(ClientConnection connection, DateTimeOffset now)
    {
        var client = connection.Context.Identity;
        var active = now - connection.IdleFor;
        return new ConnectionSnapshot
        {
            Id = connection.Id,
            Account = connection.Account.Name,
            User = connection.Identity.UserLabel,
            IssuerKey = connection.Identity.IssuerKey,
            Tags = connection.Identity.Tags,
            NameTag = connection.Account.Settings.NameTag ?? connection.Account.Name,
            Ip = connection.ClientIp,
            Port = connection.ClientPort,
            Start = connection.Start,
            LastActivity = active > connection.Start ? active : connection.Start,
            Reason = connection.ClosedReason,
            RoundTrip = client.RoundTrip,
            PendingBytes = connection.PendingBytes,
            Traffic = connection.Traffic,
            SubscriptionCount = connection.Subscriptions.Count,
            Name = client.Name,
            Language = client.Language,
            Version = client.Version,
        };
    }
}
