using Rivulet.JetStream.Hosting;
using Rivulet.Protocol;

namespace Rivulet.Server.Connections;

/// <summary>What JetStream keeps for, and may know of, one connection.</summary>
internal sealed class ClientContext : PublisherContext
{
    private readonly ulong _id;
    private readonly string _host;
    private readonly DateTimeOffset _start;
    private ClientIdentity? _identity;
    private volatile Security.ClientIdentity? _admission;
    private string _account;
    private string _user = "";
    private ConnectOptions _options = ConnectOptions.Default;
    private TimeSpan _roundTrip;
    private byte[]? _requestInfo;
    private byte[]? _sharedRequestInfo;

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

    /// <summary>Who the client was found to be, with what has changed about it since; null before that. Any thread.</summary>
    public Security.ClientIdentity? Admission => _admission;

    /// <summary>Name of the server, for services that are told who asks.</summary>
    public string ServerName { get; init; } = "";

    /// <summary>Who asks, as a service of another account is told. Receive loop; made anew only when something in it changes.</summary>
    /// <param name="isShared">Whether it is told all of it, not only the account.</param>
    /// <param name="service">The account that passes the request on, if that is not the client's own; null if it is.</param>
    public ReadOnlySpan<byte> RequestInfo(bool isShared, string? service)
    {
        if (service is not null)
            return RequestInfoJson.Write(Identity, isShared ? ServerName : null, service);
        ref byte[]? info = ref isShared ? ref _sharedRequestInfo : ref _requestInfo;
        return info ??= RequestInfoJson.Write(Identity, isShared ? ServerName : null, service: null);
    }

    /// <summary>Notes a measured round trip.</summary>
    public void Measured(TimeSpan roundTrip)
    {
        _roundTrip = roundTrip;
        Forget();
    }

    /// <summary>Notes who the client was found to be.</summary>
    public void Admitted(Security.ClientIdentity identity)
    {
        _account = identity.AccountName;
        _user = identity.UserLabel;
        _admission = identity;
        Forget();
    }

    /// <summary>Notes what has changed about an admitted client: neither its account nor its name does. Any thread.</summary>
    public void Changed(Security.ClientIdentity identity)
    {
        _admission = identity;
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
        Forget();
    }

    private void Forget()
    {
        _identity = null;
        _requestInfo = null;
        _sharedRequestInfo = null;
    }
}
