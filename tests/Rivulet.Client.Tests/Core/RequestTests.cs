using Rivulet.Client.Tests.Servers;

namespace Rivulet.Client.Tests.Core;

public sealed class RequestTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private NatsConnection Connection => fixture.Connection;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_request_gets_its_answer()
    {
        await using Responder responder = new(Connection, "rq.echo", message => message.Decode<string>() + "!");

        NatsMessage answer = await Connection.RequestAsync("rq.echo", "hi"u8.ToArray(), cancellationToken: Token);

        Assert.Equal("hi!", answer.Decode<string>());
        Assert.Equal("7!", await Connection.RequestAsync<int, string>("rq.echo", 7, cancellationToken: Token));
    }

    [Fact]
    public async Task Many_requests_at_once_each_get_their_own_answer()
    {
        const int Count = 5_000;
        await using Responder responder = new(Connection, "rq.many", message => message.Decode<string>());

        string[] answers = await Task.WhenAll(Enumerable.Range(0, Count).Select(
            i => Connection.RequestAsync<string, string>("rq.many", $"{i}", cancellationToken: Token).AsTask()));

        Assert.Equal(Enumerable.Range(0, Count).Select(i => $"{i}"), answers);
    }

    [Fact]
    public async Task Without_a_responder_a_request_fails_at_once()
    {
        NatsNoRespondersException nobody = await Assert.ThrowsAsync<NatsNoRespondersException>(
            async () => await Connection.RequestAsync("rq.nobody", timeout: TimeSpan.FromMinutes(1), cancellationToken: Token));

        Assert.Equal("rq.nobody", nobody.Subject);
        Assert.Equal("no responders available for request", nobody.Message);
        Assert.IsType<NatsNoRespondersException>((await Connection.TryRequestAsync("rq.nobody", cancellationToken: Token)).Error);
    }

    [Fact]
    public async Task An_answer_that_does_not_come_is_a_time_out()
    {
        await using NatsSubscription silent = Connection.SubscribeAsync("rq.silent", cancellationToken: Token);

        NatsTimeoutException late = await Assert.ThrowsAsync<NatsTimeoutException>(async () => await Connection.RequestAsync(
            "rq.silent", timeout: TimeSpan.FromMilliseconds(50), cancellationToken: Token));

        Assert.Equal("timeout", late.Message);
    }

    [Fact]
    public async Task An_answer_that_comes_too_late_disturbs_nobody()
    {
        await using NatsSubscription requests = Connection.SubscribeAsync("rq.late", cancellationToken: Token);
        for (int i = 0; i < 20; i++)
        {
            NatsResult<NatsMessage> first = await Connection.TryRequestAsync(
                "rq.late", timeout: TimeSpan.FromMilliseconds(5), cancellationToken: Token);
            ValueTask<NatsMessage> second = Connection.RequestAsync("rq.late", cancellationToken: Token);
            await (await requests.ReadAsync(Token))!.ReplyAsync("first", cancellationToken: Token);
            await (await requests.ReadAsync(Token))!.ReplyAsync("second", cancellationToken: Token);

            Assert.IsType<NatsTimeoutException>(first.Error);
            Assert.Equal("second", (await second).Decode<string>());
        }
    }

    [Fact]
    public async Task Cancelling_ends_the_wait_for_an_answer()
    {
        await using NatsSubscription silent = Connection.SubscribeAsync("rq.cancel", cancellationToken: Token);
        using CancellationTokenSource cancel = new();
        ValueTask<NatsMessage> requesting = Connection.RequestAsync(
            "rq.cancel", timeout: Timeout.InfiniteTimeSpan, cancellationToken: cancel.Token);

        await cancel.CancelAsync();

        OperationCanceledException cancelled =
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await requesting);
        Assert.Equal(cancel.Token, cancelled.CancellationToken);
    }

    [Fact]
    public async Task Headers_go_with_a_request_and_its_answer()
    {
        await using NatsSubscription requests = Connection.SubscribeAsync("rq.headers", cancellationToken: Token);
        ValueTask<NatsMessage> requesting =
            Connection.RequestAsync("rq.headers", default, new NatsHeaders { ["Q"] = "1" }, cancellationToken: Token);
        NatsMessage request = (await requests.ReadAsync(Token))!;
        await request.ReplyAsync(headers: new NatsHeaders { ["A"] = request.Headers!["Q"] + "2" }, cancellationToken: Token);

        Assert.Equal("12", (await requesting).Headers!["A"]);
    }

    [Fact]
    public async Task A_request_to_many_hands_out_answers_until_the_first_limit()
    {
        await using Responder one = new(Connection, "rq.all", _ => "one");
        await using Responder two = new(Connection, "rq.all", _ => "two");
        await using Responder three = new(Connection, "rq.all", _ => "");

        List<string> limited = await AnswersAsync(new NatsRequestManyOptions { MaxReplies = 2 });
        List<string> idle = await AnswersAsync(
            new NatsRequestManyOptions { IdleTimeout = TimeSpan.FromMilliseconds(200), Timeout = TimeSpan.FromMinutes(1) });
        List<string> timed = await AnswersAsync(new NatsRequestManyOptions { Timeout = TimeSpan.FromMilliseconds(300) });
        List<string> sentinel = await AnswersAsync(
            new NatsRequestManyOptions { StopOnEmpty = true, Timeout = TimeSpan.FromMinutes(1) });

        Assert.Equal(2, limited.Count);
        Assert.Equal(3, idle.Count);
        Assert.Equal(3, timed.Count);
        Assert.InRange(sentinel.Count, 0, 2);
        Assert.DoesNotContain("", sentinel);
    }

    [Fact]
    public async Task A_request_to_many_without_a_responder_fails()
    {
        await Assert.ThrowsAsync<NatsNoRespondersException>(
            async () => await Connection.RequestManyAsync("rq.none", cancellationToken: Token).ToListAsync(Token));
    }

    [Fact]
    public async Task Requests_use_the_inbox_prefix_that_was_asked_for()
    {
        await using NatsConnection connection = await fixture.Server.ConnectAsync(options => options with { InboxPrefix = "my.box" });
        await using NatsSubscription requests = connection.SubscribeAsync("rq.prefix", cancellationToken: Token);
        ValueTask<NatsMessage> requesting = connection.RequestAsync("rq.prefix", cancellationToken: Token);

        NatsMessage request = (await requests.ReadAsync(Token))!;
        await request.ReplyAsync(cancellationToken: Token);
        await requesting;

        Assert.StartsWith("my.box.", request.ReplyTo, StringComparison.Ordinal);
        Assert.StartsWith("my.box.", connection.NewInbox(), StringComparison.Ordinal);
    }

    private async Task<List<string>> AnswersAsync(NatsRequestManyOptions options) =>
        await Connection.RequestManyAsync("rq.all", options: options, cancellationToken: Token)
            .Select(answer => answer.Decode<string>()).ToListAsync(Token);

    /// <summary>Answers every request on a subject.</summary>
    private sealed class Responder : IAsyncDisposable
    {
        private readonly NatsSubscription _requests;
        private readonly Task _serving;

        public Responder(NatsConnection connection, string subject, Func<NatsMessage, string> answer)
        {
            _requests = connection.SubscribeAsync(subject, cancellationToken: Token);
            _serving = ServeAsync(answer);
        }

        public async ValueTask DisposeAsync()
        {
            await _requests.DisposeAsync();
            await _serving;
        }

        private async Task ServeAsync(Func<NatsMessage, string> answer)
        {
            await foreach (NatsMessage request in _requests)
                await request.ReplyAsync(answer(request), cancellationToken: Token);
        }
    }
}
