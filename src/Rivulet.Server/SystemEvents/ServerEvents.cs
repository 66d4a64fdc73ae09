using System.Text;
using Microsoft.Extensions.Logging;
using Rivulet.Protocol;
using Rivulet.Server.Accounts;
using Rivulet.Server.Connections;
using Rivulet.Server.Monitoring;
using Rivulet.Server.Monitoring.Pages;
using Rivulet.Server.Routing;
using Rivulet.Server.SystemRequests;

namespace Rivulet.Server.SystemEvents;

/// <summary>
/// Tells in the system account what happens in the server: clients that come, go and are turned away, how many connections accounts
/// have, the server's figures now and then, and its end.
/// </summary>
/// <remarks>
/// Any thread. Nothing is made that nobody is subscribed to: each event asks first. What is made is a copy of what it tells of; text is
/// made of it, and published, by <see cref="EventOutbox"/>.
/// </remarks>
internal sealed class ServerEvents : IDisposable
{
    // The first figures come soon, for those who have just started a server, and then ever more slowly.
    private static readonly TimeSpan StatisticsFirst = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan StatisticsMax = TimeSpan.FromSeconds(10);

    // How often accounts that have connections are told of although nothing has changed.
    private static readonly TimeSpan ConnectionsInterval = TimeSpan.FromSeconds(30);

    private readonly MonitoredServer _server;
    private readonly ServerStamp _stamp;
    private readonly StatisticsPage _statistics;
    private readonly AccountConnectionsText _accountConnections;
    private readonly EventOutbox _outbox;
    private readonly Nuid _ids;
    private readonly byte[] _statisticsSubject;
    private readonly byte[] _refusalSubject;
    private readonly ITimer _statisticsTimer;
    private readonly ITimer _connectionsTimer;
    private TimeSpan _statisticsInterval = StatisticsFirst;
    private volatile bool _hasEnded;

    /// <summary>Begins to tell.</summary>
    /// <param name="server">What there is to tell of.</param>
    /// <param name="stamp">What the server says about itself.</param>
    /// <param name="accountConnections">Tells how many connections an account has.</param>
    /// <param name="ids">Makes the ids of events.</param>
    /// <param name="log">Hears of what fails.</param>
    public ServerEvents(
        MonitoredServer server, ServerStamp stamp, AccountConnectionsText accountConnections, Nuid ids, ILogger log)
    {
        _server = server;
        _stamp = stamp;
        _ids = ids;
        _accountConnections = accountConnections;
        _statistics = new StatisticsPage(server);
        _outbox = new EventOutbox(server.Environment.Work, log);
        _statisticsSubject = Encoding.UTF8.GetBytes($"$SYS.SERVER.{server.Identity.Id}.STATSZ");
        _refusalSubject = Encoding.UTF8.GetBytes($"$SYS.SERVER.{server.Identity.Id}.CLIENT.AUTH.ERR");
        var time = server.Environment.Time;
        _statisticsTimer = time.CreateTimer(
            static events => ((ServerEvents)events!).TellStatistics(), this, StatisticsFirst, Timeout.InfiniteTimeSpan);
        _connectionsTimer = time.CreateTimer(
            static events => ((ServerEvents)events!).TellConnections(), this, ConnectionsInterval, ConnectionsInterval);
    }

    private static ReadOnlySpan<byte> AccountRefusal => "$SYS.ACCOUNT.CLIENT.AUTH.ERR"u8;

    private AccountRouter Router => _server.Environment.Accounts.System.Router;

    /// <summary>A client was let in.</summary>
    public void Connected(ClientConnection connection)
    {
        byte[] subject = AccountSubject(connection.Account, "CONNECT");
        if (IsHeard(subject))
            Tell(subject, ClientEvent.OfConnect(connection, _server.Now));
    }

    /// <summary>A client is gone.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="reason">Why.</param>
    public void Disconnected(ClientConnection connection, ClosedReason reason)
    {
        byte[] subject = AccountSubject(connection.Account, "DISCONNECT");
        if (IsHeard(subject))
            Tell(subject, ClientEvent.OfDisconnect(connection, _server.Now, reason));
    }

    /// <summary>A client is turned away for what it could not show.</summary>
    public void TurnedAway(ClientConnection connection)
    {
        if (IsHeard(_refusalSubject))
            Tell(_refusalSubject, ClientEvent.OfDisconnect(connection, _server.Now, ClosedReason.AuthenticationViolation));
    }

    /// <summary>A client is turned away by a service, whose account is told.</summary>
    public void RefusedBy(string accountName, ClientConnection connection)
    {
        if (!_server.Environment.Accounts.TryGet(accountName, out var account) || _hasEnded || !account.Router.IsHeard(AccountRefusal))
            return;
        var what = ClientEvent.OfDisconnect(connection, _server.Now, ClosedReason.AuthenticationViolation).In(accountName);
        _outbox.Add(() => Publish(account.Router, AccountRefusal, what.ToJson(_stamp, _ids)));
    }

    /// <summary>An account has a connection more or less. Of its own account the system is not told, as in the reference server.</summary>
    public void ConnectionsChanged(Account account)
    {
        if (account == _server.Environment.Accounts.System)
            return;
        byte[] subject = AccountSubject(account, "SERVER.CONNS");
        byte[] old = Encoding.UTF8.GetBytes($"$SYS.SERVER.ACCOUNT.{account.Name}.CONNS");
        bool isHeard = IsHeard(subject);
        bool isOldHeard = IsHeard(old);
        if (!isHeard && !isOldHeard)
            return;
        _outbox.Add(() =>
        {
            var text = _accountConnections.Of(account);
            Publish(old, text);
            Publish(subject, text);
        });
    }

    /// <summary>The server takes no more clients, and sends away those that it has.</summary>
    public void LameDuck()
    {
        Announce("LAMEDUCK");
    }

    /// <summary>The server stops. Nothing is told after this.</summary>
    public void ShutDown()
    {
        Announce("SHUTDOWN");
        _hasEnded = true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _hasEnded = true;
        _statisticsTimer.Dispose();
        _connectionsTimer.Dispose();
    }

    private static byte[] AccountSubject(Account account, string what)
    {
        return Encoding.UTF8.GetBytes($"$SYS.ACCOUNT.{account.Name}.{what}");
    }

    private bool IsHeard(ReadOnlySpan<byte> subject)
    {
        return !_hasEnded && Router.IsHeard(subject);
    }

    private void Tell(byte[] subject, ClientEvent what)
    {
        _outbox.Add(() => Publish(subject, what.ToJson(_stamp, _ids)));
    }

    // At once, since what runs the outbox is about to stop.
    private void Announce(string what)
    {
        byte[] subject = Encoding.UTF8.GetBytes($"$SYS.SERVER.{_server.Identity.Id}.{what}");
        if (IsHeard(subject))
            Publish(subject, SystemJson.Object(_stamp.WriteMembers));
    }

    private void TellStatistics()
    {
        if (_hasEnded)
            return;
        if (IsHeard(_statisticsSubject))
        {
            _outbox.Add(() => Publish(
                _statisticsSubject,
                SystemJson.Object(json =>
                {
                    _stamp.Write(json);
                    _statistics.Write(json);
                })));
        }

        _statisticsInterval = _statisticsInterval * 2 < StatisticsMax ? _statisticsInterval * 2 : StatisticsMax;
        _statisticsTimer.Change(_statisticsInterval, Timeout.InfiniteTimeSpan);
    }

    private void TellConnections()
    {
        foreach (var account in _server.Environment.Accounts.All)
        {
            if (account.ConnectionCount > 0)
                ConnectionsChanged(account);
        }
    }

    private void Publish(ReadOnlySpan<byte> subject, ReadOnlyMemory<byte> text)
    {
        Publish(Router, subject, text);
    }

    private static void Publish(AccountRouter router, ReadOnlySpan<byte> subject, ReadOnlyMemory<byte> text)
    {
        var batch = router.CreateBatch();
        router.Publish(subject, default, default, text.Span, batch);
        batch.Flush();
    }
}
