using System.Collections.Concurrent;
using System.Text;
using Rivulet.Client.Tests.Servers;

namespace Rivulet.Client.Tests.Core;

public sealed class RequestTracerTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_tracer_is_told_of_requests_and_of_their_answers()
    {
        Log log = new();
        await using NatsConnection connection =
            await NatsConnection.ConnectAsync(fixture.Connection.Options with { RequestTracer = log }, Token);
        await using NatsSubscription service = fixture.Connection.SubscribeAsync("trace.me", cancellationToken: Token);
        await fixture.Connection.FlushAsync(Token);
        ValueTask<NatsMessage> answer = connection.RequestAsync("trace.me", "question"u8.ToArray(), cancellationToken: Token);
        await (await service.ReadAsync(Token))!.ReplyAsync("answer"u8.ToArray(), cancellationToken: Token);
        await answer;
        Assert.True((await connection.TryRequestAsync("trace.nobody", cancellationToken: Token)).Error is NatsNoRespondersException);

        Assert.Equal([">>> trace.me: question", "<<< trace.me: answer", ">>> trace.nobody: "], log.Lines);
    }

    [Fact]
    public void A_connection_knows_the_address_at_the_other_end()
    {
        Uri url = new(fixture.Connection.ConnectedUrl);
        Assert.Equal($"127.0.0.1:{url.Port}", fixture.Connection.ConnectedAddress);
    }

    private sealed class Log : INatsRequestTracer
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public void RequestSent(string subject, ReadOnlySpan<byte> payload) =>
            Lines.Enqueue($">>> {subject}: {Encoding.UTF8.GetString(payload)}");

        public void AnswerReceived(string subject, NatsMessage answer) =>
            Lines.Enqueue($"<<< {subject}: {Encoding.UTF8.GetString(answer.Payload.Span)}");
    }
}
