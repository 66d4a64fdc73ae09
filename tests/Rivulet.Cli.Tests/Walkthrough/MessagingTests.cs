using System.Text.Json;

namespace Rivulet.Cli.Tests.Walkthrough;

/// <summary><c>pub</c>, <c>sub</c>, <c>req</c>, <c>reply</c> and <c>rtt</c> against a server, by their exact output.</summary>
public sealed class MessagingTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private static readonly string[] NoArguments = [];

    /// <summary>Runs of this test that subscribed and are still going.</summary>
    private int _going;

    [Fact]
    public async Task Published_messages_reach_subscribers()
    {
        var sub = await SubscribeAsync("sub", "m.*", "other.>", "--count", "3");
        await OkAsync("Published 5 bytes to \"m.x\"", "pub", "m.x", "hello");
        await OkAsync("Published 2 bytes to \"other.a.b\"", "pub", "other.a.b", "hi", "--reply", "rr", "-H", "A: B", "-H", "C:D:E");
        await OkAsync("Published 0 bytes to \"m.y\"", "pub", "m.y", "");
        Assert.Equal(0, await sub.Exit);
        Assert.Equal("HH:MM:SS Subscribing on m.*, other.> \n", Normal.Form(sub.Error));
        Assert.Equal(
            """
            [#1] Received on "m.x"
            hello


            [#2] Received on "other.a.b" with reply "rr"
            A: B
            C: D:E

            hi


            [#3] Received on "m.y"
            nil body



            """,
            sub.Output);
    }

    [Fact]
    public async Task Templates_are_filled_in_for_each_of_several_messages()
    {
        var sub = await SubscribeAsync("sub", "t.>", "--count", "2", "--raw");
        var pub = await RunAsync("pub", "t.{{Count}}", "{{Count}} of {{\"{{\"}} {{Random 3 3}}", "--count", "2", "-H", "N:{{Count}}");
        Assert.Equal("HH:MM:SS Published 11 bytes to \"t.1\"\nHH:MM:SS Published 11 bytes to \"t.2\"\n", Normal.Form(pub.Error));
        await sub.Exit;
        Assert.Matches("^1 of {{ [a-zA-Z0-9]{3}\n2 of {{ [a-zA-Z0-9]{3}\n$", sub.Output);
    }

    [Fact]
    public async Task A_template_that_makes_no_sense_is_told_and_sent_as_it_is()
    {
        var sub = await SubscribeAsync("sub", "bad.template", "--count", "1", "-r");
        var pub = await RunAsync("pub", "bad.template", "{{Bogus}}");
        Assert.Equal(
            "HH:MM:SS Could not parse body template: function \"Bogus\" not defined\nHH:MM:SS Published 9 bytes to \"bad.template\"\n",
            Normal.Form(pub.Error));
        await sub.Exit;
        Assert.Equal("{{Bogus}}\n", sub.Output);
    }

    [Fact]
    public async Task Templates_can_be_switched_off()
    {
        var pub = await RunAsync("pub", "x", "{{Bogus}}", "--no-templates");
        Assert.Equal("HH:MM:SS Published 9 bytes to \"x\"\n", Normal.Form(pub.Error));
    }

    [Theory]
    [InlineData("eof", "a\nb\r\nc", new[] { "a\nb\r\nc" })]
    [InlineData("newline", "a\nb\r\n\nc", new[] { "a", "b", "", "c" })]
    [InlineData("newline", "a\nb\n", new[] { "a", "b" })]
    public async Task Standard_input_is_published_whole_or_line_by_line(string sendOn, string input, string[] bodies)
    {
        var sub = await SubscribeAsync("sub", $"in.{sendOn}", "--dump", "-", "--count", bodies.Length.ToString(System.Globalization.CultureInfo.InvariantCulture));
        var pub = await CliRun.CompleteAsync(["pub", $"in.{sendOn}", "--send-on", sendOn], fixture.Url, input);
        Assert.Equal(0, await pub.Exit);
        Assert.StartsWith("HH:MM:SS Reading payload from STDIN\n", Normal.Form(pub.Error), StringComparison.Ordinal);
        Assert.Equal(bodies.Length, pub.Error.Split("Published").Length - 1);
        Assert.Equal(0, await sub.Exit);
        Assert.Equal(bodies, sub.Output.Split('\0', StringSplitOptions.RemoveEmptyEntries).Select(BodyOf));
    }

    [Fact]
    public async Task Quiet_publishing_says_nothing()
    {
        var pub = await RunAsync("pub", "x", "y", "-q");
        Assert.Equal("", pub.Error + pub.Output);
    }

    [Fact]
    public async Task A_header_without_a_colon_is_refused()
    {
        var pub = await RunAsync("pub", "x", "y", "-H", "nocolon");
        Assert.Equal(1, await pub.Exit);
        Assert.Equal("nats: error: invalid header \"nocolon\"\n", pub.Error);
    }

    [Fact]
    public async Task A_message_larger_than_the_server_takes_is_refused()
    {
        var pub = await CliRun.CompleteAsync(["pub", "x", "-q"], fixture.Url, new string('x', (1024 * 1024) + 1));
        Assert.Equal(1, await pub.Exit);
        Assert.Equal("nats: error: nats: maximum payload exceeded\n", pub.Error);
    }

    [Theory]
    [InlineData("pub", "bad subject")]
    [InlineData("pub", "")]
    [InlineData("sub", "bad subject")]
    [InlineData("sub", "a..b")]
    [InlineData("req", "bad subject")]
    [InlineData("reply", "bad subject")]
    public async Task An_invalid_subject_is_refused(string command, string subject)
    {
        var run = await CliRun.CompleteAsync([command, subject, .. command == "sub" ? NoArguments : ["body"]], fixture.Url);
        Assert.Equal(1, await run.Exit);
        Assert.EndsWith("nats: error: nats: invalid subject\n", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ignored_subjects_are_neither_shown_nor_counted()
    {
        var sub = await SubscribeAsync("sub", "i.>", "-I", "i.no,i.never.*", "--count", "1");
        foreach (var subject in new[] { "i.no", "i.never.x", "i.yes" })
        {
            await RunAsync("pub", subject, "b");
        }

        Assert.Equal(0, await sub.Exit);
        Assert.Equal("HH:MM:SS Subscribing on i.> \nIgnored subjects: i.no, i.never.*\n", Normal.Form(sub.Error));
        Assert.Equal("[#1] Received on \"i.yes\"\nb\n\n\n", sub.Output);
    }

    [Fact]
    public async Task Requests_are_shown_with_the_replies_that_match_them()
    {
        var sub = await SubscribeAsync("sub", "match.me", "--match-replies", "--count", "1");
        var reply = await ListenAsync("reply", "match.me", "answer", "--count", "1");
        await RunAsync("req", "match.me", "question");
        Assert.Equal(0, await sub.Exit);
        Assert.Equal(0, await reply.Exit);
        Assert.Matches(
            "^\\[#1\\] Received on \"match.me\" with reply \"_INBOX\\.[^\"]+\"\nquestion\n\n\n\\[#1\\] Matched reply on \"_INBOX\\.[^\"]+\"\nanswer\n\n\n$",
            sub.Output);
    }

    [Theory]
    [InlineData("--headers-only", "[#1] Received on \"only\"\nA: B\n\n")]
    [InlineData("--subjects-only", "[#1] Received on \"only\"\n")]
    [InlineData("--raw", "body\n")]
    [InlineData("--translate=rev", "[#1] Received on \"only\"\nA: B\n\nydob\n\n\n")]
    public async Task Parts_of_a_message_can_be_shown(string flag, string output)
    {
        var sub = await SubscribeAsync("sub", "only", flag, "--count", "1");
        await RunAsync("pub", "only", "body", "-H", "A:B");
        Assert.Equal(0, await sub.Exit);
        Assert.Equal(output, sub.Output);
    }

    [Fact]
    public async Task Messages_are_dumped_to_files()
    {
        var directory = Directory.CreateTempSubdirectory("rivulet-dump-").FullName;
        try
        {
            var sub = await SubscribeAsync("sub", "dump", "--dump", directory, "--count", "1");
            await RunAsync("pub", "dump", "body", "-H", "A:B", "-H", "A:C", "--reply", "r");
            Assert.Equal(0, await sub.Exit);
            Assert.Equal(
                """{"Subject":"dump","Reply":"r","Header":{"A":["B","C"]},"Data":"Ym9keQ==","Sub":null}""",
                await File.ReadAllTextAsync(Path.Combine(directory, "1.json"), TestContext.Current.CancellationToken));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task A_subscription_ends_when_nothing_comes_for_long_enough()
    {
        var sub = await CliRun.CompleteAsync(["sub", "silence", "--wait", "50ms"], fixture.Url);
        Assert.Equal(0, await sub.Exit);
        Assert.Equal("", sub.Output);
    }

    [Fact]
    public async Task Interrupting_a_subscription_ends_it_well()
    {
        var sub = await SubscribeAsync("sub", "forever");
        await RunAsync("pub", "forever", "x");
        await sub.WaitForOutputAsync(4);
        Assert.Equal(0, await sub.InterruptAsync());
        Assert.Equal("[#1] Received on \"forever\"\nx\n\n\n", sub.Output);
    }

    [Fact]
    public async Task A_request_is_answered()
    {
        var reply = await ListenAsync("reply", "svc.echo", "pong {{.Request}} {{Count}}", "--count", "1", "-H", "X:Y");
        var request = await RunAsync("req", "svc.echo", "ping", "-H", "A:B");
        Assert.Equal(0, await request.Exit);
        Assert.Equal(0, await reply.Exit);
        Assert.Equal("pong ping 0\n\n\n", request.Output);
        Assert.Equal(
            "HH:MM:SS Sending request on \"svc.echo\"\nHH:MM:SS Received with rtt RTT\nHH:MM:SS X: Y\nHH:MM:SS \n",
            Normal.Form(request.Error));
        Assert.Equal("\nping\n", reply.Output);
        Assert.Equal(
            """
            HH:MM:SS Listening on "svc.echo" in group "NATS-RPLY-22"
            HH:MM:SS [#0] Received on subject "svc.echo":
            HH:MM:SS A: B
            HH:MM:SS 
            Draining...
            HH:MM:SS Exiting

            """,
            Normal.Form(reply.Error));
    }

    [Fact]
    public async Task A_reply_without_a_body_echoes()
    {
        var reply = await ListenAsync("reply", "svc.same", "--count", "1", "-q", "grp");
        var request = await RunAsync("req", "svc.same", "ping", "-H", "A:B", "--raw");
        Assert.Equal("ping\n\n\n", request.Output);
        Assert.Equal("", request.Error);
        Assert.Equal(0, await reply.Exit);
        Assert.StartsWith(
            "HH:MM:SS No body or command supplied, enabling echo mode\nHH:MM:SS Listening on \"svc.same\" in group \"grp\"\n",
            Normal.Form(reply.Error),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_command_answers_with_what_it_prints()
    {
        var reply = await ListenAsync("reply", "weather.*", "--command", "sh -c 'echo {{1}} \"$NATS_REQUEST_BODY\" $NATS_REQUEST_SUBJECT {{.Request}}'", "--count", "1");
        var request = await RunAsync("req", "weather.london", "now", "--raw");
        Assert.Equal("london now weather.london now\n\n", request.Output);
        Assert.Equal(0, await reply.Exit);
    }

    [Fact]
    public async Task A_command_that_fails_answers_and_is_told()
    {
        var reply = await ListenAsync("reply", "svc.fail", "--command", "sh -c 'echo out; exit 3'", "--count", "1");
        var request = await RunAsync("req", "svc.fail", "", "--raw");
        Assert.Equal("out\n\n", request.Output);
        Assert.Equal(0, await reply.Exit);
        Assert.Contains("failed to run: exit status 3\n", reply.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Interrupting_a_reply_drains_it()
    {
        var reply = await ListenAsync("reply", "svc.stop", "x");
        Assert.Equal(0, await reply.InterruptAsync());
        Assert.Equal(
            "HH:MM:SS Listening on \"svc.stop\" in group \"NATS-RPLY-22\"\nHH:MM:SS \nDraining...\nHH:MM:SS Exiting\n",
            Normal.Form(reply.Error));
    }

    [Fact]
    public async Task A_request_that_nobody_serves_says_so_and_succeeds()
    {
        var request = await RunAsync("req", "nobody.home", "x");
        Assert.Equal(0, await request.Exit);
        Assert.Equal("", request.Output);
        Assert.Equal("HH:MM:SS Sending request on \"nobody.home\"\nHH:MM:SS No responders are available\n", Normal.Form(request.Error));
    }

    [Theory]
    [InlineData("2", 2)]
    [InlineData("0", 3)]
    public async Task Several_replies_are_waited_for(string replies, int shown)
    {
        var services = new List<CliRun>();
        for (var i = 0; i < 3; i++)
        {
            services.Add(await ListenAsync("reply", $"svc.many{replies}", $"from {i}", "-q", $"group{i}", "--count", "1"));
        }

        var request = await RunAsync("req", $"svc.many{replies}", "x", "--raw", "--replies", replies, "--timeout", "500ms");
        Assert.Equal(shown, request.Output.Split("from", StringSplitOptions.None).Length - 1);
        foreach (var service in services)
        {
            Assert.Equal(0, await service.Exit);
        }
    }

    [Fact]
    public async Task A_request_without_an_answer_in_time_shows_nothing()
    {
        var sub = await SubscribeAsync("sub", "deaf");
        var request = await RunAsync("req", "deaf", "x", "--timeout", "100ms", "--raw");
        Assert.Equal(0, await request.Exit);
        Assert.Equal("", request.Output + request.Error);
        await sub.InterruptAsync();
    }

    [Fact]
    public async Task Round_trips_are_shown_by_server_and_address()
    {
        var rtt = await RunAsync("rtt", "2");
        Assert.Equal(0, await rtt.Exit);
        Assert.Equal("nats://127.0.0.1:PORT:\n\n   nats://127.0.0.1:PORT: RTT\n\n", Normal.Form(rtt.Output));
    }

    [Fact]
    public async Task Round_trips_are_told_in_json()
    {
        var rtt = await RunAsync("rtt", "--json");
        using var json = JsonDocument.Parse(rtt.Output);
        var target = Assert.Single(json.RootElement.EnumerateArray());
        Assert.Equal(fixture.Url, target.GetProperty("url").GetString());
        var result = Assert.Single(target.GetProperty("results").EnumerateArray());
        Assert.Equal(fixture.Url, result.GetProperty("address").GetString());
        Assert.True(result.GetProperty("rtt").GetInt64() > 0);
        Assert.True(DateTimeOffset.UtcNow - result.GetProperty("time").GetDateTimeOffset() < TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task A_server_that_is_not_there_fails_its_round_trips_alone()
    {
        var rtt = await CliRun.CompleteAsync(["rtt", "-s", $"nats://127.0.0.1:1,{fixture.Url}"]);
        Assert.Equal(0, await rtt.Exit);
        Assert.Contains("   nats://127.0.0.1:1: failed\n", rtt.Output, StringComparison.Ordinal);
        Assert.Contains("Failed to compute rtt for nats://127.0.0.1:1: nats: no servers available for connection\n", rtt.Error, StringComparison.Ordinal);
    }

    private static string BodyOf(string json)
    {
        using var document = JsonDocument.Parse(json);
        return System.Text.Encoding.UTF8.GetString(document.RootElement.GetProperty("Data").GetBytesFromBase64());
    }

    private Task<CliRun> RunAsync(params string[] arguments) => CliRun.CompleteAsync(arguments, fixture.Url);

    /// <summary>Starts a subscription and waits until the server has it.</summary>
    private Task<CliRun> SubscribeAsync(params string[] arguments) => StartAsync(arguments);

    /// <summary>Starts a service and waits until it listens.</summary>
    private async Task<CliRun> ListenAsync(params string[] arguments)
    {
        var run = await StartAsync(arguments);
        await run.WaitForErrorAsync("Listening on");
        return run;
    }

    /// <summary>Starts a run that subscribes. Runs that ended must be off the server first, or they would be counted.</summary>
    private async Task<CliRun> StartAsync(string[] arguments)
    {
        await UntilAsync(() => fixture.Server.ConnectionCount == _going, "connections of earlier runs are still there");
        var before = fixture.Server.SubscriptionCount;
        var run = CliRun.Start(arguments, fixture.Url);
        _going++;
        await UntilAsync(() => fixture.Server.SubscriptionCount > before || run.Exit.IsCompleted, "the subscription never came");
        return run;
    }

    private static async Task UntilAsync(Func<bool> condition, string otherwise)
    {
        var deadline = DateTime.UtcNow + TimeSpan.FromSeconds(30);
        while (!condition())
        {
            Assert.True(DateTime.UtcNow < deadline, otherwise);
            await Task.Delay(5);
        }
    }

    private async Task OkAsync(string status, params string[] arguments)
    {
        var run = await RunAsync(arguments);
        Assert.Equal(0, await run.Exit);
        Assert.Equal("", run.Output);
        Assert.Equal($"HH:MM:SS {status}\n", Normal.Form(run.Error));
    }
}
