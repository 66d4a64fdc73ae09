using System.Text.Json;
using Rivulet.Conformance.Tests.Schemas;
using Rivulet.Server.Security;
using Rivulet.TestKit.Servers;

namespace Rivulet.Conformance.Tests;

/// <summary>The events of the system account against their published schemas.</summary>
public class SystemEventSchemaTests
{
    private static readonly string[] Expected =
    [
        "io.nats.server.advisory.v1.account_connections", "io.nats.server.advisory.v1.client_connect", "io.nats.server.advisory.v1.client_disconnect",
    ];

    // The reference server tells these as well; the schema is older than they are.
    private static readonly string[] Newer = ["/name", "/num_subscriptions"];

    [Fact]
    public async Task Events_about_clients_and_their_accounts_match_their_schemas()
    {
        await using var server = await EmbeddedServer.StartAsync(options => options with
        {
            Tags = ["a:b"],
            Accounts = [Account("A"), Account("SYS")],
            SystemAccount = "SYS",
        });
        await using var system = await ConnectAsync(server, "SYS", "x");
        await system.SendAsync("SUB $SYS.ACCOUNT.> 1\r\nSUB $SYS.SERVER.*.CLIENT.AUTH.ERR 2\r\n");
        await system.PingAsync();
        await using (var client = await ConnectAsync(server, "A", "x"))
            await client.PingAsync();
        await using (var wrong = await ConnectAsync(server, "A", "y"))
            await wrong.ReadToEndAsync();

        var events = new List<string>();
        for (int i = 0; i < 500 && !events.Exists(text => text.Contains("Authentication Failure", StringComparison.Ordinal)); i++)
        {
            string received = await system.PingAsync();
            events.AddRange(received.Split("\r\n").Where(line => line.StartsWith('{')));
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        var violations = events.SelectMany(text => SchemaSet.Validate(TypeOf(text), text)).ToLookup(IsNewer);
        Assert.Empty(violations[false]);
        Assert.Equal(Newer, violations[true].Select(one => one.Place).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(Expected, events.Select(TypeOf).Distinct().Order(StringComparer.Ordinal));
    }

    private static bool IsNewer(SchemaViolation violation)
    {
        return violation.Type == Expected[0] && Newer.Contains(violation.Place);
    }

    private static AccountSettings Account(string name)
    {
        return new AccountSettings { Name = name, Users = [new UserSettings { Name = name, Password = "x" }] };
    }

    private static async Task<RawClient> ConnectAsync(EmbeddedServer server, string user, string password)
    {
        var client = await server.ConnectAsync();
        await client.SendAsync($"CONNECT {{\"verbose\":false,\"name\":\"n\",\"lang\":\"l\",\"version\":\"1\",\"user\":\"{user}\",\"pass\":\"{password}\"}}\r\n");
        return client;
    }

    private static string TypeOf(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.GetProperty("type").GetString()!;
    }
}
