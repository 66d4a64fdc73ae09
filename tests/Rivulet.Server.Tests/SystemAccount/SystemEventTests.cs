using System.Text.Json;

namespace Rivulet.Server.Tests.SystemAccount;

/// <summary>What the system account is told of, in which form, and who is not told.</summary>
public sealed class SystemEventTests
{
    [Fact]
    public async Task Clients_that_come_and_go_are_told_of()
    {
        await using var rig = await SystemRig.StartAsync();
        await using var system = await rig.ConnectAsync("s", "SUB $SYS.ACCOUNT.> 1\r\n");
        var a = await rig.ConnectAsync("a", "SUB x 1\r\nPUB x 2\r\nhi\r\n");
        var connect = await SystemRig.EventAsync(system, "$SYS.ACCOUNT.A.CONNECT");
        Assert.Equal(["type", "id", "timestamp", "server", "client"], Names(connect));
        Assert.Equal("io.nats.server.advisory.v1.client_connect", connect.GetProperty("type").GetString());
        Assert.Equal(22, connect.GetProperty("id").GetString()!.Length);
        var client = connect.GetProperty("client");
        Assert.Equal(["start", "host", "id", "acc", "user", "name", "lang", "ver", "name_tag", "kind", "client_type"], Names(client));
        string[] texts = ["host", "acc", "user", "name", "lang", "ver", "name_tag", "kind", "client_type"];
        Assert.Equal(["127.0.0.1", "A", "a", "c-a", "t", "1", "A", "Client", "nats"], texts.Select(name => client.GetProperty(name).GetString()!));

        await a.DisposeAsync();
        var disconnect = await SystemRig.EventAsync(system, "$SYS.ACCOUNT.A.DISCONNECT");
        Assert.Equal("io.nats.server.advisory.v1.client_disconnect", disconnect.GetProperty("type").GetString());
        Assert.Equal("Client Closed", disconnect.GetProperty("reason").GetString());
        Assert.Equal(2, disconnect.GetProperty("received").GetProperty("bytes").GetInt32());
        Assert.Equal(1, disconnect.GetProperty("sent").GetProperty("msgs").GetInt32());
        Assert.Equal(client.GetProperty("id").GetUInt64(), disconnect.GetProperty("client").GetProperty("id").GetUInt64());
        Assert.True(disconnect.GetProperty("client").TryGetProperty("stop", out _));
        Assert.True(disconnect.GetProperty("server").GetProperty("seq").GetInt64() > connect.GetProperty("server").GetProperty("seq").GetInt64());
    }

    [Fact]
    public async Task Clients_that_are_turned_away_are_told_of_without_what_they_tried()
    {
        await using var rig = await SystemRig.StartAsync();
        await using var system = await rig.ConnectAsync("s", $"SUB $SYS.SERVER.{rig.Id}.CLIENT.AUTH.ERR 1\r\nSUB $SYS.ACCOUNT.*.DISCONNECT 2\r\n");
        await using var bad = await rig.ConnectAsync("a", password: "secret");
        Assert.Contains("Authorization Violation", await bad.ReadToEndAsync(), StringComparison.Ordinal);
        var refusal = await SystemRig.EventAsync(system, $"$SYS.SERVER.{rig.Id}.CLIENT.AUTH.ERR");
        Assert.Equal("Authentication Failure", refusal.GetProperty("reason").GetString());
        Assert.Equal("$G", refusal.GetProperty("client").GetProperty("acc").GetString());
        Assert.Equal("a", refusal.GetProperty("client").GetProperty("user").GetString());
        Assert.DoesNotContain("secret", refusal.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_that_was_refused_does_not_show()
    {
        await using var rig = await SystemRig.StartAsync();
        await using var system = await rig.ConnectAsync("s", "SUB $SYS.ACCOUNT.*.DISCONNECT 2\r\n");
        await using var bad = await rig.Server.ConnectAsync();
        await bad.SendAsync("CONNECT {\"verbose\":false,\"auth_token\":\"tops3cret\"}\r\n");
        await bad.ReadToEndAsync();
        var gone = await SystemRig.EventAsync(system, "$SYS.ACCOUNT.$G.DISCONNECT");
        Assert.Equal("Authentication Failure", gone.GetProperty("reason").GetString());
        Assert.DoesNotContain("tops3cret", gone.GetRawText(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("$SYS.ACCOUNT.A.SERVER.CONNS")]
    [InlineData("$SYS.SERVER.ACCOUNT.A.CONNS")]
    public async Task The_connections_of_an_account_are_told_when_they_change(string subject)
    {
        await using var rig = await SystemRig.StartAsync();
        await using var system = await rig.ConnectAsync("s", $"SUB {subject} 1\r\n");
        var a = await rig.ConnectAsync("a");
        var one = await SystemRig.EventAsync(system, subject);
        Assert.Equal("io.nats.server.advisory.v1.account_connections", one.GetProperty("type").GetString());
        Assert.Equal(1, one.GetProperty("conns").GetInt32());
        Assert.Equal(1, one.GetProperty("total_conns").GetInt32());
        await a.DisposeAsync();
        Assert.Equal(0, (await SystemRig.EventAsync(system, subject)).GetProperty("conns").GetInt32());
    }

    [Fact]
    public async Task Figures_are_told_soon_after_the_start()
    {
        await using var rig = await SystemRig.StartAsync();
        await using var system = await rig.ConnectAsync("s", "SUB $SYS.SERVER.*.STATSZ 1\r\n");
        var told = await SystemRig.EventAsync(system, $"$SYS.SERVER.{rig.Id}.STATSZ");
        Assert.Equal(["server", "statsz"], Names(told));
        Assert.Equal(1, told.GetProperty("statsz").GetProperty("connections").GetInt32());
    }

    [Fact]
    public async Task The_end_of_a_server_is_told()
    {
        var rig = await SystemRig.StartAsync();
        await using var system = await rig.ConnectAsync("s", "SUB $SYS.SERVER.> 1\r\n");
        await rig.DisposeAsync();
        string rest = await system.ReadToEndAsync();
        int at = rest.IndexOf($"MSG $SYS.SERVER.{rig.Id}.SHUTDOWN 1 ", StringComparison.Ordinal);
        Assert.True(at >= 0, rest);
        string body = rest[(rest.IndexOf("\r\n", at, StringComparison.Ordinal) + 2)..];
        using var document = JsonDocument.Parse(body[..body.IndexOf("\r\n", StringComparison.Ordinal)]);
        Assert.Equal(rig.Id, document.RootElement.GetProperty("id").GetString());
    }

    [Fact]
    public async Task Lame_duck_mode_is_told()
    {
        await using var rig = await SystemRig.StartAsync(options => options with
        {
            LameDuckDuration = TimeSpan.FromSeconds(31), LameDuckGracePeriod = TimeSpan.FromSeconds(30),
        });
        await using var system = await rig.ConnectAsync("s", "SUB $SYS.SERVER.> 1\r\n");
        _ = rig.Server.Server.RetireAsync();
        Assert.Equal("one", (await SystemRig.EventAsync(system, $"$SYS.SERVER.{rig.Id}.LAMEDUCK")).GetProperty("name").GetString());
    }

    [Fact]
    public async Task Other_accounts_hear_nothing_and_what_they_publish_is_heard_by_nobody()
    {
        await using var rig = await SystemRig.StartAsync();
        await using var system = await rig.ConnectAsync("s", "SUB $SYS.ACCOUNT.A.CONNECT 1\r\nSUB forged 2\r\n");
        await using var b = await rig.ConnectAsync("b", "SUB > 1\r\nSUB $SYS.> 2\r\n");
        var a = await rig.ConnectAsync("a");
        await SystemRig.EventAsync(system, "$SYS.ACCOUNT.A.CONNECT");
        await b.SendAsync("PUB $SYS.ACCOUNT.A.CONNECT 6\r\nforged\r\n");
        await a.SendAsync("PUB $SYS.ACCOUNT.A.CONNECT 6\r\nforged\r\n");
        await a.DisposeAsync();
        string own = await b.PingAsync();
        Assert.DoesNotContain("client_", own, StringComparison.Ordinal);
        Assert.DoesNotContain("MSG $SYS.ACCOUNT.A.DISCONNECT", own, StringComparison.Ordinal);
        Assert.DoesNotContain("forged", await system.PingAsync(), StringComparison.Ordinal);
    }

    private static IEnumerable<string> Names(JsonElement json)
    {
        return json.EnumerateObject().Select(member => member.Name);
    }
}
