using Rivulet.JetStream.Hosting;
using Rivulet.Protocol;

namespace Rivulet.Server.Connections;

/// <summary>What JetStream keeps for, and may know of, one connection.</summary>
internal sealed class ClientContext : PublisherContext
{
    private readonly ulong _id;
    private readonly string _account;
    private readonly string _host;
    private readonly DateTimeOffset _start;
    private ClientIdentity? _identity;
    private string _user = "";
    private ConnectOptions _options = ConnectOptions.Default;
    private TimeSpan _roundTrip;

    /// <summary>The context of a connection that has not said CONNECT.</summary>
    public ClientContext(ulong id, string account, string host, DateTimeOffset start)
    {
        _id = id;
        _account = account;
        _host = host;
        _start = start;
    }

    /// <inheritdoc/>
    public override ClientIdentity Identity => _identity ??= new ClientIdentity
    {
        Id = _id,
        Account = _account,
        Host = _host,
        Name = _options.Name,
        User = _user,
        Language = _options.Language,
        Version = _options.Version,
        RoundTrip = _roundTrip,
        Start = _start,
    };

    /// <summary>Notes a measured round trip.</summary>
    public void Measured(TimeSpan roundTrip)
    {
        _roundTrip = roundTrip;
        _identity = null;
    }

    /// <summary>Notes who the client was found to be.</summary>
    public void Admitted(Security.ClientIdentity identity)
    {
        _user = identity.UserLabel;
        _identity = null;
    }

    /// <summary>Notes what a CONNECT said.</summary>
    /// <param name="options">What it said.</param>
    /// <param name="elapsed">
    /// Time since the connection was made. It answers the greeting, so that is about a round trip, until one is measured.
    /// </param>
    public void Connected(ConnectOptions options, TimeSpan elapsed)
    {
        if (_roundTrip == TimeSpan.Zero)
            _roundTrip = elapsed;
        _options = options;
        _identity = null;
    }
}
