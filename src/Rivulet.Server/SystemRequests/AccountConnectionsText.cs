using Rivulet.Protocol;
using Rivulet.Server.Accounts;
using Rivulet.Server.Monitoring;
using Rivulet.Server.Monitoring.Pages;

namespace Rivulet.Server.SystemRequests;

/// <summary>
/// How many connections an account has, and what they did: <c>io.nats.server.advisory.v1.account_connections</c>, told when that
/// changes and when somebody asks.
/// </summary>
/// <param name="server">The server.</param>
/// <param name="stamp">What it says about itself.</param>
/// <param name="ids">Makes the ids of events.</param>
internal sealed class AccountConnectionsText(MonitoredServer server, ServerStamp stamp, Nuid ids)
{
    private readonly AccountPages _pages = new(server);

    /// <summary>The advisory of an account as it is.</summary>
    public ReadOnlyMemory<byte> Of(Account account)
    {
        return SystemJson.Object(json =>
        {
            json.WriteString("type", "io.nats.server.advisory.v1.account_connections");
            json.WriteString("id", ids.Next());
            json.WriteTime("timestamp", server.Now);
            stamp.Write(json);
            _pages.WriteStatistics(json, account);
        });
    }
}
