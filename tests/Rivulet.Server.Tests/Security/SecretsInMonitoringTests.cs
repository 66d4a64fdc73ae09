using System.Text.Json.Nodes;
using Rivulet.Server.Security;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Security;

/// <summary>What monitoring shows of clients who have shown secrets.</summary>
public sealed class SecretsInMonitoringTests
{
    private static readonly string[] Pages =
    [
        "varz", "connz?auth=1&subs=detail", "connz?auth=1&state=closed", "connz?auth=1&state=all", "accountz?acc=$G", "accstatz?unused=1",
        "subsz?subs=1", "jsz?accounts=1", "healthz", "metrics",
    ];

    [Fact]
    public async Task Names_are_shown_and_secrets_are_not()
    {
        await using var server = await EmbeddedServer.StartAsync(options => options with
        {
            HttpPort = -1,
            Authorization = new AuthorizationSettings { Users = [new UserSettings { Name = "ann", Password = "hush-password" }] },
        });
        await using var client = await server.ConnectAsync();
        await client.SendAsync("CONNECT {\"verbose\":false,\"user\":\"ann\",\"pass\":\"hush-password\",\"auth_token\":\"hush-token\"}\r\nPING\r\n");
        await client.ExpectAsync("PONG\r\n");
        await using var wrong = await server.ConnectAsync();
        await wrong.SendAsync("CONNECT {\"user\":\"ann\",\"pass\":\"hush-wrong\"}\r\n");
        await wrong.ReadToEndAsync();

        // It is remembered once it has ended on this side as well.
        wrong.CloseOutput();
        await Eventually.Holds(() => server.Server.ConnectionCount == 1);
        string all = await ReadAllAsync(server);
        Assert.Contains("\"authorized_user\": \"ann\"", all, StringComparison.Ordinal);
        Assert.Contains("Authentication Failure", all, StringComparison.Ordinal);
        Assert.DoesNotContain("hush", all, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_has_something_in_its_place()
    {
        await using var server = await EmbeddedServer.StartAsync(
            options => options with { HttpPort = -1, Authorization = new AuthorizationSettings { Token = "hush-token" } });
        await using var client = await server.ConnectAsync();
        await client.SendAsync("CONNECT {\"verbose\":false,\"auth_token\":\"hush-token\"}\r\nPING\r\n");
        await client.ExpectAsync("PONG\r\n");
        string all = await ReadAllAsync(server);
        Assert.Contains("\"authorized_user\": \"[REDACTED]\"", all, StringComparison.Ordinal);
        Assert.DoesNotContain("hush", all, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_users_claims_are_shown_and_its_token_is_not()
    {
        await using var rig = await OperatorRig.StartAsync(options: options => options with { HttpPort = -1 });
        string token = rig.UserToken(new JsonObject { ["bearer_token"] = true, ["tags"] = new JsonArray("team:red") });
        await using var client = await rig.ConnectAsync(token);
        string all = await ReadAllAsync(rig.Server);
        Assert.Contains($"\"issuer_key\": \"{rig.A.Public}\"", all, StringComparison.Ordinal);
        Assert.Contains("team:red", all, StringComparison.Ordinal);
        Assert.DoesNotContain(token, all, StringComparison.Ordinal);
        Assert.DoesNotContain(token.Split('.')[2], all, StringComparison.Ordinal);
    }

    private static async Task<string> ReadAllAsync(EmbeddedServer server)
    {
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{server.Server.MonitoringPort}/") };
        var texts = new List<string>();
        foreach (string page in Pages)
        {
            using var answer = await http.GetAsync(new Uri(page, UriKind.Relative), TestContext.Current.CancellationToken);
            texts.Add(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        }

        return string.Join('\n', texts);
    }
}
