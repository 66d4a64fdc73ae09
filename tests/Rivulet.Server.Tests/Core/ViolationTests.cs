using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Core;

/// <summary>What hostile and broken clients get, and that it touches nobody else.</summary>
public sealed class ViolationTests : IAsyncLifetime
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

    public static TheoryData<string, string, string> Violations => new()
    {
        { "BOGUS\r\n", "-ERR 'Unknown Protocol Operation'\r\n", "Protocol Violation" },
        { "\r\n", "-ERR 'Unknown Protocol Operation'\r\n", "Protocol Violation" },
        { "MSG foo 1 0\r\n\r\n", "-ERR 'Unknown Protocol Operation'\r\n", "Protocol Violation" },
        { "PUB foo 2\r\nabcd\r\n", "-ERR 'Unknown Protocol Operation'\r\n", "Protocol Violation" },
        { "PUB foo 2\r\nab\n", "-ERR 'Unknown Protocol Operation'\r\n", "Protocol Violation" },
        { "PUB foo -1\r\n", "", "Protocol Violation" },
        { "PUB foo abc\r\n", "", "Protocol Violation" },
        { "PUB foo\r\n", "", "Protocol Violation" },
        { "PUB a b c 1\r\nx\r\n", "", "Protocol Violation" },
        { "PUB foo 99999999999999999999\r\n", "", "Protocol Violation" },
        { "HPUB foo 12 2\r\nNATS/1.0\r\n\r\n\r\n", "", "Protocol Violation" },
        { "SUB foo\r\n", "", "Protocol Violation" },
        { "SUB a b c d\r\n", "", "Protocol Violation" },
        { "PUB foo 1048577\r\n", "-ERR 'Maximum Payload Violation'\r\n", "Maximum Message Payload Exceeded" },
        { "PUB foo 999999999\r\n", "-ERR 'Maximum Payload Violation'\r\n", "Maximum Message Payload Exceeded" },
        { "-ERR 'no'\r\n", "", "Parse Error" },
        { "PUB " + new string('a', 5000), "-ERR 'maximum control line exceeded'\r\n", "Maximum Control Line Exceeded" },
    };

    [Theory]
    [MemberData(nameof(Violations))]
    public async Task A_violation_is_answered_and_ends_the_connection_and_no_other(string input, string answer, string reason)
    {
        await using var bystander = await _server.ConnectQuietAsync();
        await bystander.SendAsync("SUB > 1\r\n");
        await bystander.PingAsync();
        await using var client = await _server.ConnectQuietAsync();
        await client.SendAsync("PUB before 1\r\nx\r\n" + input);
        Assert.Equal(answer, await client.ReadToEndAsync());
        await bystander.ExpectAsync("MSG before 1 1\r\nx\r\n");
        Assert.Equal("", await bystander.PingAsync());
        await Eventually.Holds(() => _server.Log.Lines.Any(line => line.EndsWith(
            $"- cid:2 - Client connection closed: {reason}", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_last_words_arrive_however_much_input_is_still_unread()
    {
        await using var client = await _server.ConnectQuietAsync();
        var sending = client.SendAsync("BOGUS\r\n" + new string('x', 3_000_000));
        Assert.Equal("-ERR 'Unknown Protocol Operation'\r\n", await client.ReadToEndAsync());
        await sending.ContinueWith(static _ => { }, TaskScheduler.Default);
    }

    [Theory]
    [InlineData("PUB foo _R_.a.b 1\r\nx\r\n", "Publish with Reply of \"_R_.a.b\"")]
    [InlineData("PUB foo $JS.ACK.x 1\r\nx\r\n", "Publish with Reply of \"$JS.ACK.x\"")]
    [InlineData("PUB foo _GR_.\"q\\ 1\r\nx\r\n", "Publish with Reply of \"_GR_.\\\"q\\\\\"")]
    [InlineData("PUB _GR_.x 1\r\nx\r\n", "Publish to \"_GR_.x\"")]
    [InlineData("PUB $NRG.x 1\r\nx\r\n", "Publish to \"$NRG.x\"")]
    public async Task Subjects_of_the_servers_own_are_forbidden_and_the_connection_stays(string publish, string what)
    {
        await using var client = await _server.ConnectQuietAsync();
        await client.SendAsync("SUB > 1\r\n" + publish);
        Assert.Equal($"-ERR 'Permissions Violation for {what}'\r\n", await client.PingAsync());
    }

    [Fact]
    public async Task Headers_from_a_client_that_did_not_announce_them_end_the_connection()
    {
        await using var client = await _server.ConnectAsync();
        await client.SendAsync("CONNECT {\"verbose\":false}\r\nSUB foo 1\r\nHPUB foo 12 12\r\nNATS/1.0\r\n\r\n\r\n");
        Assert.Equal("", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task Random_bytes_never_stop_the_server()
    {
        var random = new Random(20260101);
        for (int round = 0; round < 50; round++)
        {
            await using var client = await _server.ConnectAsync();
            byte[] garbage = new byte[random.Next(1, 2000)];
            random.NextBytes(garbage);
            await client.SendAsync(garbage);
        }

        await using var good = await _server.ConnectQuietAsync();
        Assert.Equal("", await good.PingAsync());
        Assert.DoesNotContain(_server.Log.Lines, line => line.Contains("serving the connection failed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_reset_connection_is_forgotten()
    {
        await using var other = await _server.ConnectQuietAsync();
        var client = await _server.ConnectQuietAsync();
        await client.SendAsync("SUB foo 1\r\n");
        await client.PingAsync();
        client.Reset();
        await Eventually.Holds(() => _server.Server.ConnectionCount == 1);
        await other.SendAsync("PUB foo reply 1\r\nx\r\n");
        Assert.Equal("", await other.PingAsync());
    }

    [Fact]
    public async Task A_client_that_has_closed_its_side_still_gets_what_it_asked_for()
    {
        await using var client = await _server.ConnectQuietAsync();
        await client.SendAsync("SUB foo 1\r\nPUB foo 5\r\nhello\r\nPING\r\n");
        client.CloseOutput();
        Assert.Equal("MSG foo 1 5\r\nhello\r\nPONG\r\n", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task The_middle_of_an_operation_is_no_reason_to_keep_a_connection_that_ended()
    {
        await using (var client = await _server.ConnectQuietAsync())
            await client.SendAsync("PUB foo 100\r\nonly this");
        await Eventually.Holds(() => _server.Server.ConnectionCount == 0);
    }
}
