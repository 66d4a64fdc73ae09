using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Configuration.Effects;

/// <summary>Keys of accounts and of those who may connect, from the text to who hears what.</summary>
public sealed class AccountKeyTests
{
    private const string Sampled = "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n";

    [Theory]
    [InlineData("msg_trace: \"tr\"", true)]
    [InlineData("trace_dest: { dest: \"tr\", sampling: 100 }", true)]
    [InlineData("msg_trace: { dest: \"other\", sampling: 100 }", false)]
    public async Task Messages_that_another_system_samples_are_traced_where_the_account_says(string key, bool isHere)
    {
        await using var server = await ConfiguredServer.StartAsync($"accounts {{ A {{ users: [ {{ user: a, password: x }} ], {key} }} }}");
        await using var a = await ConfiguredServer.ConnectAsync(server, "a", operations: "SUB tr 1\r\n");
        await PublishAsync(a, "one");
        Assert.Equal(isHere, (await a.PingAsync()).StartsWith("MSG tr 1 ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Only_so_many_of_a_hundred_are_traced()
    {
        await using var server = await ConfiguredServer.StartAsync(
            "accounts { A { users: [ { user: a, password: x } ], msg_trace: { dest: tr, sampling: \"25%\" } } }");
        await using var a = await ConfiguredServer.ConnectAsync(server, "a", operations: "SUB tr 1\r\n");
        for (int i = 0; i < 400; i++)
            await PublishAsync(a, "one");
        int traced = (await a.PingAsync()).Split("MSG tr 1 ").Length - 1;
        Assert.InRange(traced, 50, 160);
    }

    [Theory]
    [InlineData("allow_trace: true", true)]
    [InlineData("allow_trace: false", false)]
    public async Task A_trace_goes_into_the_account_of_a_service_if_that_allows_it(string key, bool isTraced)
    {
        await using var server = await ConfiguredServer.StartAsync($$"""
            accounts {
              A { users: [ { user: a, password: x } ], exports: [ { service: "svc", {{key}} } ] }
              B { users: [ { user: b, password: x } ], imports: [ { service: { account: A, subject: "svc" } } ] }
            }
            """);
        await using var a = await ConfiguredServer.ConnectAsync(server, "a", operations: "SUB svc 1\r\n");
        await using var b = await ConfiguredServer.ConnectAsync(server, "b", operations: "SUB tr 1\r\n");
        await PublishAsync(b, "svc", "Nats-Trace-Dest: tr\r\n");
        Assert.Equal(isTraced, (await b.PingAsync()).Contains("\"type\":\"eg\"", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("allow_trace: true", true)]
    [InlineData("allow_trace: false", false)]
    public async Task A_trace_goes_on_with_an_import_if_that_allows_it(string key, bool isTraced)
    {
        await using var server = await ConfiguredServer.StartAsync($$"""
            accounts {
              A { users: [ { user: a, password: x } ], exports: [ { stream: "st" } ] }
              B { users: [ { user: b, password: x } ], imports: [ { stream: { account: A, subject: "st" }, {{key}} } ] }
            }
            """);
        await using var b = await ConfiguredServer.ConnectAsync(server, "b", operations: "SUB st 1\r\n");
        await using var a = await ConfiguredServer.ConnectAsync(server, "a", operations: "SUB tr 1\r\n");
        await PublishAsync(a, "st", "Nats-Trace-Dest: tr\r\n");
        Assert.Equal(isTraced, (await a.PingAsync()).Contains("\"type\":\"eg\"", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("threshold")]
    [InlineData("response_threshold")]
    [InlineData("response_max_time")]
    [InlineData("response_time")]
    public async Task An_answer_that_takes_longer_than_the_threshold_is_not_passed_on(string key)
    {
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        await using var server = await ConfiguredServer.StartAsync($$"""
            accounts {
              A { users: [ { user: a, password: x } ], exports: [ { service: "svc", {{key}}: "5s" } ] }
              B { users: [ { user: b, password: x } ], imports: [ { service: { account: A, subject: "svc" } } ] }
            }
            """, time);
        await using var a = await ConfiguredServer.ConnectAsync(server, "a", operations: "SUB svc 1\r\n");
        await using var b = await ConfiguredServer.ConnectAsync(server, "b", operations: "SUB _INBOX.> 1\r\n");
        foreach (int seconds in (int[])[4, 6])
        {
            await b.SendAsync("PUB svc _INBOX.1 0\r\n\r\n");
            await b.PingAsync();
            string reply = (await a.ReadLineAsync()).Split(' ')[3];
            await a.PingAsync();
            time.Advance(TimeSpan.FromSeconds(seconds));
            await a.SendAsync($"PUB {reply} 2\r\nhi\r\n");
            await a.PingAsync();
            Assert.Equal(seconds < 5 ? "MSG _INBOX.1 1 2\r\nhi\r\n" : "", await b.PingAsync());
        }
    }

    [Theory]
    [InlineData("expires")]
    [InlineData("expiration")]
    [InlineData("ttl")]
    public async Task A_response_may_come_in_time_and_not_later(string key)
    {
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        await using var server = await ConfiguredServer.StartAsync($$"""
            authorization { users: [
              { user: all, password: x }
              { user: s, password: x, permissions: { subscribe: svc, allow_responses: { max: 5, {{key}}: "10s" } } } ] }
            """, time);
        await using var s = await ConfiguredServer.ConnectAsync(server, "s", operations: "SUB svc 1\r\n");
        await using var all = await ConfiguredServer.ConnectAsync(server, "all");
        await all.SendAsync("PUB svc r.1 0\r\n\r\n");
        await all.PingAsync();
        await s.ExpectAsync("MSG svc 1 r.1 0\r\n\r\n");
        time.Advance(TimeSpan.FromSeconds(9));
        await s.SendAsync("PUB r.1 0\r\n\r\n");
        Assert.Equal("", await s.PingAsync());
        time.Advance(TimeSpan.FromSeconds(2));
        await s.SendAsync("PUB r.1 0\r\n\r\n");
        Assert.Equal("-ERR 'Permissions Violation for Publish to \"r.1\"'\r\n", await s.PingAsync());
    }

    [Fact]
    public async Task Whoever_says_nothing_in_time_is_sent_away()
    {
        await using var server = await ConfiguredServer.StartAsync("authorization { user: a, password: x, timeout: 0.1 }");
        await using var client = await server.ConnectAsync();
        Assert.Equal("-ERR 'Authentication Timeout'\r\n", await client.ReadToEndAsync());
    }

    [Theory]
    [InlineData("user: a, password: \"x\"")]
    [InlineData("username: a, pass: \"x\"")]
    public async Task The_only_user_comes_in_and_others_do_not(string keys)
    {
        await using var server = await ConfiguredServer.StartAsync($"authorization {{ {keys} }}");
        await using var client = await ConfiguredServer.ConnectAsync(server, "a");
        Assert.Equal("-ERR 'Authorization Violation'\r\n", await ConfiguredServer.RefusedAsync(server, ",\"user\":\"a\",\"pass\":\"y\""));
        Assert.Equal("-ERR 'Authorization Violation'\r\n", await ConfiguredServer.RefusedAsync(server, ",\"user\":\"b\",\"pass\":\"x\""));
        Assert.Equal("-ERR 'Authorization Violation'\r\n", await ConfiguredServer.RefusedAsync(server, ""));
    }

    [Theory]
    [InlineData("permissions")]
    [InlineData("permission")]
    [InlineData("authorization")]
    public async Task A_user_may_do_what_its_permissions_say(string key)
    {
        await using var server = await ConfiguredServer.StartAsync(
            $"authorization {{ users: [ {{ user: a, password: x, {key}: {{ pub: mine, sub: {{ deny: yours }} }} }} ] }}");
        await RefusesYoursAsync(server);
    }

    [Theory]
    [InlineData("permissions")]
    [InlineData("default_permission")]
    [InlineData("default_permissions")]
    public async Task A_user_without_permissions_has_the_default_ones(string key)
    {
        await using var server = await ConfiguredServer.StartAsync(
            $"authorization {{ {key}: {{ import: mine, export: {{ deny: yours }} }}, users: [ {{ user: a, password: x }} ] }}");
        await RefusesYoursAsync(server);
    }

    [Theory]
    [InlineData("allowed_connection_types")]
    [InlineData("connection_types")]
    [InlineData("clients")]
    public async Task A_user_comes_in_by_the_ways_that_are_named(string key)
    {
        await using var server = await ConfiguredServer.StartAsync($$"""
            authorization { users: [
              { user: a, password: x, {{key}}: [ STANDARD ] }, { user: w, password: x, {{key}}: [ websocket ] } ] }
            """);
        await using var client = await ConfiguredServer.ConnectAsync(server, "a");
        Assert.Equal("-ERR 'Authorization Violation'\r\n", await ConfiguredServer.RefusedAsync(server, ",\"user\":\"w\",\"pass\":\"x\""));
    }

    private static async Task RefusesYoursAsync(EmbeddedServer server)
    {
        await using var a = await ConfiguredServer.ConnectAsync(server, "a");
        await a.SendAsync("SUB mine 1\r\nSUB yours 2\r\nPUB mine 0\r\n\r\nPUB yours 0\r\n\r\n");
        Assert.Equal(
            "-ERR 'Permissions Violation for Subscription to \"yours\"'\r\nMSG mine 1 0\r\n\r\n-ERR 'Permissions Violation for Publish to \"yours\"'\r\n",
            await a.PingAsync());
    }

    private static Task PublishAsync(RawClient client, string subject, string headers = Sampled)
    {
        string block = $"NATS/1.0\r\n{headers}\r\n";
        return client.SendAsync($"HPUB {subject} {block.Length} {block.Length + 2}\r\n{block}hi\r\n");
    }
}
