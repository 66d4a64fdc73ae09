using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Rivulet.JetStream.Hosting;
using Rivulet.Server.Routing;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.SystemAccount;

/// <summary>What the system account is answered, and what others are: their own, or nothing.</summary>
public sealed class SystemRequestTests
{
    [Theory]
    [InlineData("VARZ", "server_id")]
    [InlineData("CONNZ", "num_connections")]
    [InlineData("SUBSZ", "num_subscriptions")]
    [InlineData("ROUTEZ", "num_routes")]
    [InlineData("GATEWAYZ", "outbound_gateways")]
    [InlineData("LEAFZ", "leafnodes")]
    [InlineData("ACCOUNTZ", "accounts")]
    [InlineData("JSZ", "streams")]
    [InlineData("HEALTHZ", "status_code")]
    [InlineData("EXPVARZ", "memstats")]
    [InlineData("PROFILEZ", "error")]
    [InlineData("IPQUEUESZ", null)]
    [InlineData("RAFTZ", null)]
    public async Task A_page_is_answered_to_a_ping_and_to_the_servers_id(string page, string? member)
    {
        await using var rig = await SystemRig.StartAsync();
        await using var system = await rig.ConnectAsync("s");
        foreach (string server in (string[])["PING", rig.Id])
        {
            var answer = await rig.JsonAsync(system, $"$SYS.REQ.SERVER.{server}.{page}");
            Assert.Equal("one", answer.GetProperty("server").GetProperty("name").GetString());
            Assert.Equal(rig.Id, answer.GetProperty("server").GetProperty("id").GetString());
            Assert.Equal("ssd", answer.GetProperty("server").GetProperty("tags")[1].GetString());
            Assert.True(answer.GetProperty("server").GetProperty("seq").GetInt64() > 0);
            if (member is not null)
                Assert.True(answer.GetProperty("data").TryGetProperty(member, out _), answer.GetRawText());
        }

        // No other server's, and no page that is not there.
        Assert.Contains("503", await rig.RequestAsync(system, $"$SYS.REQ.SERVER.N{rig.Id[2..]}.{page}"), StringComparison.Ordinal);
        Assert.Contains("503", await rig.RequestAsync(system, $"$SYS.REQ.SERVER.PING.{page}.X"), StringComparison.Ordinal);
        Assert.Contains("503", await rig.RequestAsync(system, "$SYS.REQ.SERVER.PING.NOPE"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_says_of_itself_what_is_no_text_is_answered_all_the_same()
    {
        await using var server = await EmbeddedServer.StartAsync();
        await using var client = await server.ConnectAsync();
        const string Headers = "NATS/1.0\r\nNats-Request-Info: {\"acc\":\"\\ud800\"}\r\n\r\n";
        await client.SendAsync(
            "CONNECT {\"verbose\":false,\"headers\":true}\r\nSUB r 1\r\n"
            + string.Create(CultureInfo.InvariantCulture, $"HPUB $SYS.REQ.ACCOUNT.PING.STATZ r {Headers.Length} {Headers.Length}\r\n{Headers}\r\n"));
        Assert.StartsWith("MSG r 1 ", await client.ReadLineAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Statistics_have_a_member_of_their_own_and_the_name_alone_can_be_asked_for()
    {
        await using var rig = await SystemRig.StartAsync();
        await using var system = await rig.ConnectAsync("s");
        foreach (string subject in (string[])["$SYS.REQ.SERVER.PING", "$SYS.REQ.SERVER.PING.STATSZ", $"$SYS.REQ.SERVER.{rig.Id}.STATSZ"])
        {
            var statistics = (await rig.JsonAsync(system, subject)).GetProperty("statsz");
            Assert.Equal(1, statistics.GetProperty("connections").GetInt32());
            Assert.Equal(1, statistics.GetProperty("active_accounts").GetInt32());
            Assert.Equal(1, statistics.GetProperty("active_servers").GetInt32());
            Assert.True(statistics.GetProperty("jetstream").GetProperty("config").TryGetProperty("max_memory", out _));
            Assert.False(statistics.GetProperty("jetstream").GetProperty("config").TryGetProperty("store_dir", out _));
        }

        var name = await rig.JsonAsync(system, "$SYS.REQ.SERVER.PING.IDZ", "{\"server_name\":\"other\"}");
        Assert.Equal(["name", "host", "id"], name.EnumerateObject().Select(member => member.Name));
    }

    [Theory]
    [InlineData("{\"server_name\":\"on\"}", true)]
    [InlineData("{\"SERVER_NAME\":\"on\"}", true)]
    [InlineData("{\"server_name\":\"on\",\"exact_match\":true}", false)]
    [InlineData("{\"server_name\":\"one\",\"exact_match\":true}", true)]
    [InlineData("{\"server_name\":\"zz\"}", false)]
    [InlineData("{\"host\":\"127.0\"}", true)]
    [InlineData("{\"host\":\"10.0\"}", false)]
    [InlineData("{\"cluster\":\"c\"}", false)]
    [InlineData("{\"domain\":\"d\"}", false)]
    [InlineData("{\"tags\":[\"ssd\"]}", true)]
    [InlineData("{\"tags\":[\"ssd\",\"hdd\"]}", false)]
    [InlineData("null", true)]
    [InlineData("{\"unknown\":[1,{}],\"server_name\":null}", true)]
    public async Task Servers_that_are_not_meant_do_not_answer(string body, bool isMeant)
    {
        await using var rig = await SystemRig.StartAsync();
        await using var system = await rig.ConnectAsync("s");
        string answer = await rig.RequestAsync(system, "$SYS.REQ.SERVER.PING.HEALTHZ", body, isMeant ? 500 : 10);
        Assert.Equal(isMeant, answer.StartsWith("{\"server\"", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("CONNZ", "{\"limit\":\"x\"}", "json: cannot unmarshal string into Go struct field ConnzEventOptions.limit of type int")]
    [InlineData("HEALTHZ", "[]", "json: cannot unmarshal array into Go value of type server.HealthzEventOptions")]
    [InlineData("HEALTHZ", "5", "json: cannot unmarshal number into Go value of type server.HealthzEventOptions")]
    [InlineData("STATSZ", "{\"tags\":\"x\"}", "json: cannot unmarshal string into Go struct field StatszEventOptions.tags of type []string")]
    [InlineData("CONNZ", "{\"acc", "unexpected end of JSON input")]
    public async Task A_body_that_makes_no_sense_is_refused_with_400(string page, string body, string description)
    {
        await using var rig = await SystemRig.StartAsync();
        await using var system = await rig.ConnectAsync("s");
        var answer = await rig.JsonAsync(system, $"$SYS.REQ.SERVER.PING.{page}", body);
        Assert.False(answer.TryGetProperty("data", out _));
        Assert.Equal(400, answer.GetProperty("error").GetProperty("code").GetInt32());
        Assert.Equal(description, answer.GetProperty("error").GetProperty("description").GetString());
    }

    [Theory]
    [InlineData("$SYS.REQ.SERVER.PING.CONNZ", "{\"sort\":\"bogus\"}", "invalid sorting option: bogus")]
    [InlineData("$SYS.REQ.SERVER.PING.CONNZ", "{\"filter_subject\":\"x\"}", "filter by subject only valid with account filtering")]
    [InlineData("$SYS.REQ.SERVER.PING.SUBSZ", "{\"test\":\"x.*\"}", "invalid test subject, must be valid publish subject: x.*")]
    [InlineData("$SYS.REQ.SERVER.PING.ACCOUNTZ", "{\"account\":\"ZZ\"}", "Account ZZ does not exist")]
    [InlineData("$SYS.REQ.ACCOUNT.ZZ.INFO", "", "Account ZZ does not exist")]
    [InlineData("$SYS.REQ.ACCOUNT.ZZ.JSZ", "", "account \"ZZ\" not found")]
    [InlineData("$SYS.REQ.ACCOUNT.SYS.JSZ", "", "account \"SYS\" not jetstream enabled")]
    public async Task What_a_page_does_not_know_is_refused_with_500(string subject, string body, string description)
    {
        await using var rig = await SystemRig.StartAsync();
        await using var system = await rig.ConnectAsync("s");
        var answer = await rig.JsonAsync(system, subject, body);
        Assert.Equal(JsonValueKind.Null, answer.GetProperty("data").ValueKind);
        Assert.Equal(500, answer.GetProperty("error").GetProperty("code").GetInt32());
        Assert.Equal(description, answer.GetProperty("error").GetProperty("description").GetString());
    }

    [Fact]
    public async Task Options_reach_the_pages()
    {
        await using var rig = await SystemRig.StartAsync();
        await using var system = await rig.ConnectAsync("s");
        await using var a = await rig.ConnectAsync("a", "SUB x.y q 1\r\n");
        var shown = (await rig.JsonAsync(system, "$SYS.REQ.SERVER.PING.CONNZ", "{\"acc\":\"A\",\"auth\":true,\"subscriptions_detail\":true}"))
            .GetProperty("data").GetProperty("connections");
        Assert.Equal(1, shown.GetArrayLength());
        Assert.Equal("a", shown[0].GetProperty("authorized_user").GetString());
        Assert.Equal("q", shown[0].GetProperty("subscriptions_list_detail").EnumerateArray().First(one => one.GetProperty("subject").GetString() == "x.y").GetProperty("qgroup").GetString());

        Assert.Equal(1, await CountAsync("{\"acc\":\"A\",\"filter_subject\":\"x.y\"}"));
        Assert.Equal(0, await CountAsync("{\"acc\":\"A\",\"filter_subject\":\"x.z\"}"));
        Assert.Equal(2, await CountAsync("{\"state\":0}"));
        await a.DisposeAsync();
        await Eventually.Holds(() => rig.Server.Server.ClosedConnectionCount == 1);
        Assert.Equal(1, await CountAsync("{\"state\":1}"));
        Assert.Equal(2, await CountAsync("{\"state\":2}"));

        async Task<int> CountAsync(string body)
        {
            return (await rig.JsonAsync(system, "$SYS.REQ.SERVER.PING.CONNZ", body)).GetProperty("data").GetProperty("num_connections").GetInt32();
        }
    }

    [Fact]
    public async Task An_account_is_told_of()
    {
        await using var rig = await SystemRig.StartAsync();
        await using var system = await rig.ConnectAsync("s");
        await using var a = await rig.ConnectAsync("a", "SUB x.y 1\r\n");
        var subscriptions = (await rig.JsonAsync(system, "$SYS.REQ.ACCOUNT.A.SUBSZ")).GetProperty("data");
        Assert.Contains(subscriptions.GetProperty("subscriptions_list").EnumerateArray(), one => one.GetProperty("subject").GetString() == "x.y");
        var connections = (await rig.JsonAsync(system, "$SYS.REQ.ACCOUNT.A.CONNZ", "{\"acc\":\"SYS\"}")).GetProperty("data");
        Assert.Equal("c-a", connections.GetProperty("connections")[0].GetProperty("name").GetString());
        Assert.Equal("A", (await rig.JsonAsync(system, "$SYS.REQ.ACCOUNT.A.JSZ")).GetProperty("data").GetProperty("name").GetString());
        Assert.True((await rig.JsonAsync(system, "$SYS.REQ.ACCOUNT.SYS.INFO")).GetProperty("data").GetProperty("is_system").GetBoolean());
        Assert.Equal(0, (await rig.JsonAsync(system, "$SYS.REQ.ACCOUNT.A.LEAFZ")).GetProperty("data").GetProperty("leafnodes").GetInt32());
        var statistics = (await rig.JsonAsync(system, "$SYS.REQ.ACCOUNT.A.STATZ")).GetProperty("data").GetProperty("account_statz");
        Assert.Equal(1, statistics.GetArrayLength());
        Assert.Equal(1, statistics[0].GetProperty("conns").GetInt32());
        var conns = await rig.JsonAsync(system, "$SYS.REQ.ACCOUNT.A.CONNS");
        Assert.Equal("io.nats.server.advisory.v1.account_connections", conns.GetProperty("type").GetString());
        Assert.Equal("A", conns.GetProperty("acc").GetString());
        Assert.Equal("", await rig.RequestAsync(system, "$SYS.REQ.ACCOUNT.ZZ.STATZ", waits: 10));
        Assert.Equal("", await rig.RequestAsync(system, "$SYS.REQ.ACCOUNT.ZZ.CONNS", waits: 10));
        Assert.Contains("503", await rig.RequestAsync(system, "$SYS.REQ.ACCOUNT.A.NOPE"), StringComparison.Ordinal);
        Assert.Equal("1", await rig.RequestAsync(system, "$SYS.REQ.ACCOUNT.NSUBS", "{\"acc\":\"A\",\"subject\":\"x.y\"}"));
    }

    [Fact]
    public async Task Statistics_of_accounts_are_of_those_in_use_of_those_that_are_named_or_of_all()
    {
        await using var rig = await SystemRig.StartAsync();
        await using var system = await rig.ConnectAsync("s");
        await using var a = await rig.ConnectAsync("a");
        Assert.Equal(["A", "SYS"], await NamesAsync(""));
        Assert.Equal(["B"], await NamesAsync("{\"accounts\":[\"B\",\"ZZ\"]}"));
        Assert.Equal(["$G", "A", "B", "SYS", "T"], (await NamesAsync("{\"include_unused\":true}")).Where(name => name != "$SYS"));

        async Task<IEnumerable<string?>> NamesAsync(string body)
        {
            var answer = await rig.JsonAsync(system, "$SYS.REQ.ACCOUNT.PING.STATZ", body);
            return [.. answer.GetProperty("data").GetProperty("account_statz").EnumerateArray().Select(one => one.GetProperty("acc").GetString())];
        }
    }

    [Fact]
    public async Task Other_accounts_are_answered_about_themselves_whatever_they_ask()
    {
        await using var rig = await SystemRig.StartAsync();
        await using var a = await rig.ConnectAsync("a");
        await using var b = await rig.ConnectAsync("b");
        foreach (string subject in (string[])["$SYS.REQ.ACCOUNT.PING.CONNZ", "$SYS.REQ.SERVER.PING.CONNZ"])
        {
            var shown = (await rig.JsonAsync(a, subject, "{\"acc\":\"B\",\"auth\":true}")).GetProperty("data").GetProperty("connections");
            Assert.Equal("a", Assert.Single(shown.EnumerateArray()).GetProperty("authorized_user").GetString());
        }

        var statistics = (await rig.JsonAsync(a, "$SYS.REQ.ACCOUNT.PING.STATZ", "{\"accounts\":[\"B\"]}")).GetProperty("data").GetProperty("account_statz");
        Assert.Equal("A", Assert.Single(statistics.EnumerateArray()).GetProperty("acc").GetString());
    }

    [Theory]
    [InlineData("$SYS.REQ.SERVER.PING")]
    [InlineData("$SYS.REQ.SERVER.PING.VARZ")]
    [InlineData("$SYS.REQ.SERVER.PING.SUBSZ")]
    [InlineData("$SYS.REQ.SERVER.PING.IDZ")]
    [InlineData("$SYS.REQ.SERVER.{0}.VARZ")]
    [InlineData("$SYS.REQ.SERVER.{0}.CONNZ")]
    [InlineData("$SYS.REQ.SERVER.{0}.KICK")]
    [InlineData("$SYS.REQ.SERVER.{0}.RELOAD")]
    [InlineData("$SYS.REQ.ACCOUNT.A.CONNZ")]
    [InlineData("$SYS.REQ.ACCOUNT.B.CONNZ")]
    [InlineData("$SYS.REQ.ACCOUNT.A.INFO")]
    [InlineData("$SYS.REQ.ACCOUNT.NSUBS")]
    public async Task Other_accounts_are_answered_nothing_else(string subject)
    {
        await using var rig = await SystemRig.StartAsync();
        await using var a = await rig.ConnectAsync("a");
        string answer = await rig.RequestAsync(a, string.Format(CultureInfo.InvariantCulture, subject, rig.Id), "{\"cid\":1}");
        Assert.StartsWith("NATS/1.0 503", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_is_kicked_or_sent_away_by_its_id()
    {
        await using var rig = await SystemRig.StartAsync();
        await using var system = await rig.ConnectAsync("s");
        await using var a = await rig.Server.ConnectAsync();
        await a.SendAsync("CONNECT {\"verbose\":false,\"protocol\":1,\"user\":\"a\",\"pass\":\"x\"}\r\n");
        await a.PingAsync();
        await a.ReadInfoAsync();
        string order = $"{{\"cid\":{a.Info.ClientId}}}";
        foreach (string unknown in (string[])["{}", "{\"cid\":999}"])
        {
            var refused = await rig.JsonAsync(system, $"$SYS.REQ.SERVER.{rig.Id}.KICK", unknown);
            Assert.Equal("no such client or leafnode id", refused.GetProperty("error").GetProperty("description").GetString());
        }

        Assert.Equal("", await rig.RequestAsync(system, $"$SYS.REQ.SERVER.{rig.Id}.KICK", waits: 10));
        Assert.True((await rig.JsonAsync(system, $"$SYS.REQ.SERVER.{rig.Id}.LDM", order)).TryGetProperty("server", out _));
        Assert.True((await a.ReadInfoAsync()).LameDuckMode);
        Assert.False((await rig.JsonAsync(system, $"$SYS.REQ.SERVER.{rig.Id}.KICK", order)).TryGetProperty("error", out _));
        Assert.Equal("", await a.ReadToEndAsync());
        await Eventually.Holds(() => rig.Server.Server.ClosedConnectionCount == 1);
        var closed = (await rig.JsonAsync(system, "$SYS.REQ.SERVER.PING.CONNZ", "{\"state\":1}")).GetProperty("data").GetProperty("connections");
        Assert.Equal("Kicked", Assert.Single(closed.EnumerateArray()).GetProperty("reason").GetString());
    }

    [Fact]
    public async Task A_reload_is_the_hosts_to_do()
    {
        await using var rig = await SystemRig.StartAsync();
        await using var system = await rig.ConnectAsync("s");
        string subject = $"$SYS.REQ.SERVER.{rig.Id}.RELOAD";
        var refused = await rig.JsonAsync(system, subject);
        Assert.Equal("can only reload config when a file is provided using -c or --config", refused.GetProperty("error").GetProperty("description").GetString());
        rig.Server.Server.ConfigurationReload = () => rig.Server.Server.Reload(rig.Server.Server.Options with { Tags = ["new"] });
        var done = await rig.JsonAsync(system, subject);
        Assert.False(done.TryGetProperty("error", out _));
        Assert.Equal("new", done.GetProperty("server").GetProperty("tags")[0].GetString());
        rig.Server.Server.ConfigurationReload = () => throw new NatsServerOptionsException("no good");
        Assert.Equal("no good", (await rig.JsonAsync(system, subject)).GetProperty("error").GetProperty("description").GetString());
    }

    [Fact]
    public async Task An_answer_is_compressed_where_that_is_asked_for()
    {
        await using var rig = await SystemRig.StartAsync();
        await using var system = await rig.ConnectAsync("s");
        const string Headers = "NATS/1.0\r\nAccept-Encoding: gzip\r\n\r\n";
        await system.SendAsync($"HPUB $SYS.REQ.SERVER.PING.IDZ _INBOX.z {Headers.Length} {Headers.Length}\r\n{Headers}\r\n");
        string line = await system.ReadLineAsync();
        Assert.StartsWith("HMSG _INBOX.z i ", line, StringComparison.Ordinal);
        string[] sizes = line.Split(' ');
        string body = await system.ReadAsync(int.Parse(sizes[4], CultureInfo.InvariantCulture) + 2);
        const string Expected = "NATS/1.0\r\nContent-Encoding: gzip\r\n\r\n";
        Assert.StartsWith(Expected, body, StringComparison.Ordinal);
        using var gzip = new System.IO.Compression.GZipStream(
            new MemoryStream(System.Text.Encoding.Latin1.GetBytes(body[Expected.Length..^2])), System.IO.Compression.CompressionMode.Decompress);
        using var document = await JsonDocument.ParseAsync(gzip, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(rig.Id, document.RootElement.GetProperty("id").GetString());
    }

    [Fact]
    public void Whoever_asks_faster_than_answers_are_made_hears_that_nobody_responds()
    {
        var work = new HeldWork();
        var router = new AccountRouter("A", work, new Random(1));
        int answered = 0;
        var responder = new SystemRequests.SystemResponder(router, work, NullLogger.Instance, _ => () => answered++);
        var batch = router.CreateBatch();
        bool Ask() => responder.Handle(new RoutedMessage("q"u8, "r"u8, default, default, publisher: null), batch);
        for (int i = 0; i < SystemRequests.SystemResponder.WaitingMax; i++)
            Assert.True(Ask());
        Assert.False(Ask());
        work.RunAll();
        Assert.Equal(SystemRequests.SystemResponder.WaitingMax, answered);
        Assert.True(Ask());
    }

    [Fact]
    public void What_the_server_publishes_is_no_request()
    {
        var work = new HeldWork();
        var router = new AccountRouter("A", work, new Random(1));
        router.Subscribe("q"u8, new SystemRequests.SystemResponder(router, work, NullLogger.Instance, _ => () => { }));
        Assert.False(router.Publish("q"u8, "r"u8, default, default, router.CreateBatch()));
        Assert.False(router.Deliver("q"u8, "s"u8, default, default, default, router.CreateBatch()));
    }

    private sealed class HeldWork : IWorkScheduler
    {
        private readonly List<IWorkItem> _items = [];

        public void Queue(IWorkItem item)
        {
            _items.Add(item);
        }

        public void RunAll()
        {
            foreach (var item in _items)
                item.Execute();
            _items.Clear();
        }
    }
}
