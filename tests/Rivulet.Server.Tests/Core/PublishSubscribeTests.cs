using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Core;

/// <summary>What goes where, over sockets.</summary>
public sealed class PublishSubscribeTests : IAsyncLifetime
{
    private EmbeddedServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await EmbeddedServer.StartAsync();
    }

    public ValueTask DisposeAsync()
    {
        return _server.DisposeAsync();
    }

    [Fact]
    public async Task A_message_reaches_a_subscriber_with_reply_and_payload()
    {
        await using var subscriber = await _server.ConnectQuietAsync();
        await subscriber.SendAsync("SUB foo.bar 7\r\n");
        await subscriber.PingAsync();
        await using var publisher = await _server.ConnectQuietAsync();
        await publisher.SendAsync("PUB foo.bar inbox.1 5\r\nhello\r\nPUB foo.bar 0\r\n\r\n");
        await subscriber.ExpectAsync("MSG foo.bar 7 inbox.1 5\r\nhello\r\nMSG foo.bar 7 0\r\n\r\n");
    }

    [Theory]
    [InlineData("foo.*", "foo.bar", true)]
    [InlineData("foo.*", "foo.bar.baz", false)]
    [InlineData("foo.>", "foo.bar.baz", true)]
    [InlineData("foo.>", "foo", false)]
    [InlineData(">", "foo", true)]
    [InlineData("*.bar", "foo.bar", true)]
    [InlineData("foo*", "foobar", false)]
    [InlineData("foo*", "foo*", true)]
    [InlineData("foo.*", "foo.*", true)]
    [InlineData("foo.bar", "foo.*", false)]
    [InlineData(">", "foo..bar", false)]
    [InlineData(">", ".foo", false)]
    [InlineData(">", "foo.", false)]
    public async Task Wildcards_match_as_in_the_reference(string filter, string subject, bool matches)
    {
        await using var client = await _server.ConnectQuietAsync();
        await client.SendAsync($"SUB {filter} 1\r\nPUB {subject} 1\r\nx\r\nPUB {subject} 1\r\nx\r\nPUB {subject} 1\r\nx\r\n");
        string received = await client.PingAsync();
        string message = matches ? $"MSG {subject} 1 1\r\nx\r\n" : "";
        Assert.Equal(message + message + message, received);
    }

    [Fact]
    public async Task Each_matching_subscription_gets_a_copy()
    {
        await using var client = await _server.ConnectQuietAsync();
        await client.SendAsync("SUB foo a\r\nSUB foo b\r\nSUB * c\r\nPUB foo 1\r\nx\r\n");
        string[] received = (await client.PingAsync()).Split("x\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["MSG foo a 1\r\n", "MSG foo b 1\r\n", "MSG foo c 1\r\n"], received.Order());
    }

    [Fact]
    public async Task One_member_of_a_queue_group_gets_each_message_and_all_get_some()
    {
        await using var client = await _server.ConnectQuietAsync();
        await client.SendAsync("SUB work crew 1\r\nSUB work crew 2\r\nSUB work crew 3\r\n");
        await client.PingAsync();
        await client.SendAsync(string.Concat(Enumerable.Repeat("PUB work 1\r\nx\r\n", 300)));
        string[] received = (await client.PingAsync()).Split("x\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(300, received.Length);
        Assert.All(received.CountBy(line => line), sid => Assert.InRange(sid.Value, 50, 150));
    }

    [Fact]
    public async Task Members_of_one_group_on_several_filters_share_what_all_match()
    {
        await using var client = await _server.ConnectQuietAsync();
        await client.SendAsync("SUB a.b g1 1\r\nSUB a.b g2 2\r\nSUB a.* g1 3\r\nSUB a.> g1 4\r\n");
        await client.SendAsync(string.Concat(Enumerable.Repeat("PUB a.b 1\r\nx\r\n", 300)));
        string[] received = (await client.PingAsync()).Split("x\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(300, received.Count(line => line == "MSG a.b 2 1\r\n"));
        Assert.Equal(600, received.Length);
        Assert.All((string[])["1", "3", "4"], sid =>
            Assert.InRange(received.Count(line => line == $"MSG a.b {sid} 1\r\n"), 50, 150));
    }

    [Fact]
    public async Task A_group_on_several_filters_follows_its_members_as_they_come_and_go()
    {
        await using var client = await _server.ConnectQuietAsync();
        await client.SendAsync("SUB a.b g 1\r\nPUB a.b 1\r\nx\r\nPUB a.b 1\r\nx\r\nPUB a.b 1\r\nx\r\n");
        await client.SendAsync("SUB a.* g 2\r\nUNSUB 1\r\nPUB a.b 1\r\ny\r\nPUB a.b 1\r\ny\r\n");
        await client.SendAsync("SUB a.b g 3\r\nUNSUB 2\r\nPUB a.b 1\r\nz\r\nUNSUB 3\r\nPUB a.b 1\r\nz\r\n");
        Assert.Equal(
            "MSG a.b 1 1\r\nx\r\nMSG a.b 1 1\r\nx\r\nMSG a.b 1 1\r\nx\r\nMSG a.b 2 1\r\ny\r\nMSG a.b 2 1\r\ny\r\nMSG a.b 3 1\r\nz\r\n",
            await client.PingAsync());
    }

    [Fact]
    public async Task A_queue_group_without_its_last_member_gets_nothing()
    {
        await using var client = await _server.ConnectQuietAsync();
        await client.SendAsync("SUB work crew 1\r\nSUB work crew 2\r\nUNSUB 1\r\nPUB work 1\r\nx\r\nUNSUB 2\r\nPUB work 1\r\ny\r\n");
        Assert.Equal("MSG work 2 1\r\nx\r\n", await client.PingAsync());
    }

    [Fact]
    public async Task Without_echo_nothing_comes_back_to_the_publisher()
    {
        await using var client = await _server.ConnectAsync();
        await client.SendAsync(
            "CONNECT {\"verbose\":false,\"echo\":false}\r\nSUB foo 1\r\nSUB foo q 2\r\nSUB * 3\r\nPUB foo 1\r\nx\r\n");
        Assert.Equal("", await client.PingAsync());
    }

    [Fact]
    public async Task Without_echo_the_queue_group_still_serves_another_member()
    {
        await using var other = await _server.ConnectQuietAsync();
        await other.SendAsync("SUB foo q 9\r\n");
        await other.PingAsync();
        await using var client = await _server.ConnectAsync();
        await client.SendAsync("CONNECT {\"verbose\":false,\"echo\":false}\r\nSUB foo q 1\r\n");
        await client.SendAsync(string.Concat(Enumerable.Repeat("PUB foo 1\r\nx\r\n", 20)));
        Assert.Equal("", await client.PingAsync());
        Assert.Equal(string.Concat(Enumerable.Repeat("MSG foo 9 1\r\nx\r\n", 20)), await other.PingAsync());
    }

    [Fact]
    public async Task Sizes_are_passed_on_as_the_publisher_wrote_them()
    {
        await using var client = await _server.ConnectQuietAsync();
        await client.SendAsync("SUB foo 1\r\nPUB foo 0002\r\nhi\r\nHPUB foo 012 0014\r\nNATS/1.0\r\n\r\nhi\r\n");
        await client.ExpectAsync("MSG foo 1 0002\r\nhi\r\nHMSG foo 1 012 0014\r\nNATS/1.0\r\n\r\nhi\r\n");
    }

    [Fact]
    public async Task Headers_are_stripped_for_clients_that_do_not_know_them()
    {
        await using var old = await _server.ConnectAsync();
        await old.SendAsync("CONNECT {\"verbose\":false}\r\nSUB foo 1\r\n");
        await old.PingAsync();
        await using var client = await _server.ConnectQuietAsync();
        await client.SendAsync("SUB foo 1\r\nHPUB foo r 20 022\r\nNATS/1.0\r\nA: bcd\r\n\r\nhi\r\n");
        await client.ExpectAsync("HMSG foo 1 r 20 022\r\nNATS/1.0\r\nA: bcd\r\n\r\nhi\r\n");
        await old.ExpectAsync("MSG foo 1 r 2\r\nhi\r\n");
    }

    [Fact]
    public async Task Garbage_in_a_header_block_passes_unchanged()
    {
        await using var client = await _server.ConnectQuietAsync();
        await client.SendAsync("SUB foo 1\r\nHPUB foo 3 5\r\n\u0001\u00ff:hi\r\n");
        await client.ExpectAsync("HMSG foo 1 3 5\r\n\u0001\u00ff:hi\r\n");
    }

    [Fact]
    public async Task A_second_SUB_with_the_same_sid_is_ignored()
    {
        await using var client = await _server.ConnectQuietAsync();
        await client.SendAsync("SUB foo 1\r\nSUB bar 1\r\nPUB foo 1\r\nx\r\nPUB bar 1\r\ny\r\n");
        Assert.Equal("MSG foo 1 1\r\nx\r\n", await client.PingAsync());
    }

    [Fact]
    public async Task An_ended_subscription_gets_nothing_more()
    {
        await using var client = await _server.ConnectQuietAsync();
        await client.SendAsync("SUB foo 1\r\nPUB foo 1\r\nx\r\nUNSUB 1\r\nPUB foo 1\r\ny\r\nSUB foo 1\r\nPUB foo 1\r\nz\r\n");
        Assert.Equal("MSG foo 1 1\r\nx\r\nMSG foo 1 1\r\nz\r\n", await client.PingAsync());
    }

    [Fact]
    public async Task Unsubscribing_after_a_count_counts_from_the_beginning()
    {
        await using var client = await _server.ConnectQuietAsync();
        await client.SendAsync("SUB foo 1\r\nPUB foo 1\r\na\r\nUNSUB 1 3\r\n");
        await client.SendAsync(string.Concat(Enumerable.Repeat("PUB foo 1\r\nb\r\n", 5)));
        Assert.Equal("MSG foo 1 1\r\na\r\nMSG foo 1 1\r\nb\r\nMSG foo 1 1\r\nb\r\n", await client.PingAsync());
        Assert.Equal(0, Assert.Single(_server.Server.Connections).Subscriptions.Count);
    }

    [Fact]
    public async Task Unsubscribing_after_a_count_reached_already_ends_at_once()
    {
        await using var client = await _server.ConnectQuietAsync();
        await client.SendAsync("SUB foo 1\r\nPUB foo 1\r\na\r\nPUB foo 1\r\nb\r\nUNSUB 1 2\r\nPUB foo 1\r\nc\r\n");
        Assert.Equal("MSG foo 1 1\r\na\r\nMSG foo 1 1\r\nb\r\n", await client.PingAsync());
    }

    [Fact]
    public async Task Unsubscribing_with_count_zero_ends_at_once()
    {
        await using var client = await _server.ConnectQuietAsync();
        await client.SendAsync("SUB foo 1\r\nUNSUB 1 2\r\nUNSUB 1 0\r\nPUB foo 1\r\na\r\n");
        Assert.Equal("", await client.PingAsync());
    }

    [Fact]
    public async Task Exactly_the_count_arrives_when_many_publish_at_once()
    {
        await using var subscriber = await _server.ConnectQuietAsync();
        await subscriber.SendAsync("SUB foo 1\r\nUNSUB 1 500\r\n");
        await subscriber.PingAsync();
        var publishers = await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            await using var publisher = await _server.ConnectQuietAsync();
            await publisher.SendAsync(string.Concat(Enumerable.Repeat("PUB foo 1\r\nx\r\n", 400)));
            return await publisher.PingAsync();
        }));
        Assert.All(publishers, Assert.Empty);
        Assert.Equal(string.Concat(Enumerable.Repeat("MSG foo 1 1\r\nx\r\n", 500)), await subscriber.PingAsync());
    }

    [Fact]
    public async Task Order_is_kept_from_one_publisher_to_one_subscriber()
    {
        await using var subscriber = await _server.ConnectQuietAsync();
        await subscriber.SendAsync("SUB n.* 1\r\n");
        await subscriber.PingAsync();
        await using var publisher = await _server.ConnectQuietAsync();
        string[] numbers = [.. Enumerable.Range(0, 5000).Select(n => n.ToString("d8"))];
        await publisher.SendAsync(string.Concat(numbers.Select(n => $"PUB n.{n} 8\r\n{n}\r\n")));
        await publisher.PingAsync();
        Assert.Equal(string.Concat(numbers.Select(n => $"MSG n.{n} 1 8\r\n{n}\r\n")), await subscriber.PingAsync());
    }

    [Fact]
    public async Task Large_messages_arrive_whole()
    {
        await using var client = await _server.ConnectQuietAsync();
        string payload = string.Create(1024 * 1024, 0, static (text, _) =>
        {
            for (int i = 0; i < text.Length; i++)
                text[i] = (char)('a' + i % 23);
        });
        await client.SendAsync("SUB big 1\r\n");
        await client.SendAsync($"PUB big 1048576\r\n{payload}\r\nPUB big 3\r\nend\r\n");
        await client.ExpectAsync($"MSG big 1 1048576\r\n{payload}\r\nMSG big 1 3\r\nend\r\n");
    }

    [Fact]
    public async Task Operations_may_come_byte_by_byte()
    {
        await using var client = await _server.ConnectQuietAsync();
        foreach (char next in "SUB foo 1\r\nPUB foo 5\r\nhello\r\n")
            await client.SendAsync(next.ToString());
        await client.ExpectAsync("MSG foo 1 5\r\nhello\r\n");
    }

    [Fact]
    public async Task A_subscription_on_an_invalid_subject_is_refused_and_the_connection_stays()
    {
        await using var client = await _server.ConnectQuietAsync();
        await client.SendAsync("SUB foo..bar 1\r\nSUB foo.>.bar 2\r\n");
        Assert.Equal("-ERR 'Invalid Subject'\r\n-ERR 'Invalid Subject'\r\n", await client.PingAsync());
    }

    [Fact]
    public async Task Messages_and_bytes_are_counted()
    {
        await using var client = await _server.ConnectQuietAsync();
        await client.SendAsync("SUB foo 1\r\nSUB foo 2\r\nPUB foo 5\r\nhello\r\nHPUB foo 12 13\r\nNATS/1.0\r\n\r\nx\r\n");
        await client.PingAsync();
        var traffic = _server.Server.Traffic;
        Assert.Equal((2, 18, 4, 36), (traffic.InMessages, traffic.InBytes, traffic.OutMessages, traffic.OutBytes));
        await client.DisposeAsync();
        await Eventually.Holds(() => _server.Server.ConnectionCount == 0);
        Assert.Equal(traffic, _server.Server.Traffic);
    }
}
