namespace Rivulet.Client;

/// <summary>
/// The servers that a connection may use: those given and those that servers told of. The one connected to stays first
/// in line; one that failed goes to the end. Safe to use from any thread.
/// </summary>
internal sealed class ServerPool
{
    private readonly Lock _gate = new();
    private readonly List<Entry> _entries = [];
    private readonly bool _ignoreDiscovered;

    public ServerPool(NatsConnectionOptions options)
    {
        _ignoreDiscovered = options.IgnoreDiscoveredServers || options.TransportFactory is not null;
        List<ServerAddress> addresses = ServerAddress.ParseAll(options.Servers);
        if (options.RandomizeServers)
            Random.Shared.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(addresses));
        foreach (ServerAddress address in addresses)
            _entries.Add(new Entry(address));
    }

    /// <summary>How many there are now.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _entries.Count;
        }
    }

    /// <summary>Their addresses without credentials.</summary>
    public IReadOnlyList<string> Urls
    {
        get
        {
            lock (_gate)
                return _entries.ConvertAll(entry => entry.Address.Url);
        }
    }

    /// <summary>The server whose turn it is; null when all of them have been given up.</summary>
    public Entry? First
    {
        get
        {
            lock (_gate)
                return _entries.Count == 0 ? null : _entries[0];
        }
    }

    /// <summary>A server failed: it goes to the end of the line, or out of it when it has failed too often.</summary>
    /// <param name="entry">The server.</param>
    /// <param name="attemptsMax">Failures in a row that are allowed; negative for no limit.</param>
    /// <param name="giveUp">True: out of the line whatever the count.</param>
    public void Failed(Entry entry, int attemptsMax, bool giveUp)
    {
        lock (_gate)
        {
            entry.Failures++;
            _entries.Remove(entry);
            if (!giveUp && (attemptsMax < 0 || entry.Failures < attemptsMax))
                _entries.Add(entry);
        }
    }

    /// <summary>A server was connected to: it is the first to return to, and its failures are forgotten.</summary>
    public void Connected(Entry entry)
    {
        lock (_gate)
        {
            entry.Failures = 0;
            entry.LastAuthenticationError = null;
            _entries.Remove(entry);
            _entries.Insert(0, entry);
        }
    }

    /// <summary>
    /// A server told which servers there are: new ones join, and ones that joined this way and are no longer named go,
    /// except the one connected to.
    /// </summary>
    public void Discovered(IReadOnlyList<string> hostAndPorts, Entry current)
    {
        if (_ignoreDiscovered || hostAndPorts.Count == 0)
            return;
        List<ServerAddress> named = [];
        foreach (string hostAndPort in hostAndPorts)
        {
            string scheme = current.Address.RequiresTls ? "tls://" : "nats://";
            if (Uri.TryCreate(scheme + hostAndPort, UriKind.Absolute, out _))
                named.Add(ServerAddress.Parse(scheme + hostAndPort));
        }

        lock (_gate)
        {
            _entries.RemoveAll(entry =>
                entry.IsDiscovered && entry != current && !named.Exists(entry.Address.IsSamePlace));
            foreach (ServerAddress address in named)
            {
                if (!_entries.Exists(entry => entry.Address.IsSamePlace(address)))
                    _entries.Add(new Entry(WithCredentialsOf(current.Address, address)) { IsDiscovered = true });
            }
        }
    }

    /// <summary>A server of the same cluster takes the same credentials.</summary>
    private static ServerAddress WithCredentialsOf(ServerAddress known, ServerAddress address) =>
        address with { User = known.User, Password = known.Password, Token = known.Token };

    /// <summary>One server and how it fared. Its fields belong to the connection's runner.</summary>
    public sealed class Entry(ServerAddress address)
    {
        public ServerAddress Address { get; } = address;

        public bool IsDiscovered { get; init; }

        /// <summary>Failed attempts since the last success.</summary>
        public int Failures { get; set; }

        /// <summary>The last refusal of our credentials; the same one twice in a row ends the attempts.</summary>
        public string? LastAuthenticationError { get; set; }
    }
}
