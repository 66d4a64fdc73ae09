using Microsoft.Extensions.Logging;
using Rivulet.Protocol;
using Rivulet.Server.Accounts;
using Rivulet.Server.Monitoring;
using Rivulet.Server.SystemRequests;

namespace Rivulet.Server.SystemEvents;

/// <summary>What the server does in its system account, and for the system in each account: it answers, and tells what happens.</summary>
/// <remarks>Attached and disposed of by one thread at a time.</remarks>
internal sealed class SystemAccount : IDisposable
{
    private readonly MonitoredServer _server;
    private readonly SystemService _service;
    private readonly ILogger _log;

    /// <summary>Begins to tell. Accounts are attached one by one.</summary>
    /// <param name="server">The server.</param>
    /// <param name="stamp">What it says about itself.</param>
    /// <param name="ids">Makes the ids of events.</param>
    /// <param name="log">Hears of what fails.</param>
    public SystemAccount(MonitoredServer server, ServerStamp stamp, Nuid ids, ILogger log)
    {
        _server = server;
        _log = log;
        var connections = new AccountConnectionsText(server, stamp, ids);
        _service = new SystemService(server, stamp, new SystemPages(server, log), connections);
        Events = new ServerEvents(server, stamp, connections, ids, log);
    }

    /// <summary>What tells of events.</summary>
    public ServerEvents Events { get; }

    /// <summary>Lets the users of an account ask what they may: the system account everything, any other about itself.</summary>
    public void Attach(Account account)
    {
        var router = account.Router;
        var work = _server.Environment.Work;
        if (account == _server.Environment.Accounts.System)
        {
            var all = new SystemResponder(router, work, _log, _service.Find);
            router.Subscribe("$SYS.REQ.SERVER.>"u8, all);
            router.Subscribe("$SYS.REQ.ACCOUNT.>"u8, all);
            router.Subscribe("$SYS.DEBUG.SUBSCRIBERS"u8, new SystemResponder(router, work, _log, _service.FindSubscribers));
            return;
        }

        var own = new SystemResponder(router, work, _log, _service.FindOwn);
        router.Subscribe("$SYS.REQ.ACCOUNT.PING.CONNZ"u8, own);
        router.Subscribe("$SYS.REQ.ACCOUNT.PING.STATZ"u8, own);
        router.Subscribe("$SYS.REQ.SERVER.PING.CONNZ"u8, own);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Events.Dispose();
    }
}
