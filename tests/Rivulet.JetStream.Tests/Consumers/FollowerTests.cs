using Rivulet.JetStream.Consumers.Delivery;
using Rivulet.JetStream.Streams;
using Rivulet.JetStream.Tests.Consumers.Support;
using Rivulet.JetStream.Tests.Support;

namespace Rivulet.JetStream.Tests.Consumers;

/// <summary>Publishers wait for consumers that follow the stream and have fallen behind, and for no others.</summary>
public sealed class FollowerTests
{
    // More than two slices of a delivery.
    private const int Many = 700;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Harness _h = new();
    private readonly JetStreamStream _stream;
    private readonly TestPublisher _publisher = new();

    public FollowerTests() => _stream = _h.CreateStream();

    private FollowerGate Gate => _stream.Consumers.Followers;

    [Fact]
    public async Task A_publisher_waits_until_the_consumer_has_delivered_one_more_slice()
    {
        using Inbox inbox = Follow("C");
        PublishMany();
        Assert.False(_publisher.HasOutrunConsumers);
        _h.RunOne();
        Assert.True(Gate.IsAnyBehind);

        _h.PublishWithoutWork("s.a", publisher: _publisher);
        Assert.True(_publisher.HasOutrunConsumers);
        Task wait = _publisher.WaitForConsumersAsync().AsTask();
        Assert.False(wait.IsCompleted);
        Assert.False(_publisher.HasOutrunConsumers);
        _h.RunOne();
        _h.RunOne();
        await wait.WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.True(Gate.IsAnyBehind);

        _h.Run();
        Assert.False(Gate.IsAnyBehind);
        Assert.Equal(1 + Many + 1, inbox.Count);
    }

    [Fact]
    public async Task A_publisher_waits_for_each_of_several()
    {
        using Inbox first = Follow("C1");
        using Inbox second = Follow("C2");
        PublishMany();
        _h.RunOne();
        _h.RunOne();
        _h.PublishWithoutWork("s.a", publisher: _publisher);
        Task wait = _publisher.WaitForConsumersAsync().AsTask();
        _h.RunOne();
        Assert.False(wait.IsCompleted);
        _h.RunOne();
        _h.Run();
        await wait.WaitAsync(Patience, TestContext.Current.CancellationToken);
    }

    [Fact]
    public void Nobody_waits_for_a_consumer_that_reads_the_stream_from_its_start()
    {
        PublishMany();
        _h.CreateConsumer("C", "\"ack_policy\":\"none\",\"deliver_subject\":\"d\"");
        using Inbox inbox = _h.Router.Subscribe("d");
        for (int i = 0; i < 2; i++)
            _h.RunOne();
        Assert.InRange(inbox.Count, 1, Many - 1);
        Assert.False(Gate.IsAnyBehind);
    }

    [Fact]
    public void Nobody_waits_for_a_consumer_that_has_nobody_to_deliver_to()
    {
        Inbox inbox = Follow("C");
        PublishMany();
        _h.RunOne();
        Assert.True(Gate.IsAnyBehind);
        inbox.Dispose();
        _h.Run();
        Assert.False(Gate.IsAnyBehind);
    }

    [Fact]
    public async Task A_consumer_that_is_deleted_holds_nobody()
    {
        using Inbox inbox = Follow("C");
        PublishMany();
        _h.RunOne();
        _h.PublishWithoutWork("s.a", publisher: _publisher);
        Task wait = _publisher.WaitForConsumersAsync().AsTask();
        Assert.False(wait.IsCompleted);
        _h.ApiOk("CONSUMER.DELETE.S.C");
        await wait.WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.False(Gate.IsAnyBehind);
    }

    [Fact]
    public async Task Whoever_is_released_may_wait_again_at_once()
    {
        var gate = new FollowerGate(_h);
        FollowerWait one = gate.NewWait();
        FollowerWait two = gate.NewWait();
        Assert.True(gate.WaitAsync(one).AsTask().IsCompleted);
        gate.Note(wasBehind: false, isBehind: true);
        Task first = gate.WaitAsync(one).AsTask();
        Task second = gate.WaitAsync(two).AsTask();
        gate.Note(wasBehind: true, isBehind: true);
        _h.Run();
        await Task.WhenAll(first, second).WaitAsync(Patience, TestContext.Current.CancellationToken);
        Task again = gate.WaitAsync(one).AsTask();
        Assert.False(again.IsCompleted);
        gate.Note(wasBehind: true, isBehind: false);
        _h.Run();
        await again.WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.True(gate.WaitAsync(two).AsTask().IsCompleted);
    }

    private Inbox Follow(string name)
    {
        _h.CreateConsumer(name, $"\"ack_policy\":\"none\",\"deliver_subject\":\"{name}\"");
        Inbox inbox = _h.Router.Subscribe(name);
        _h.Run();
        if (_stream.Log.State.Messages == 0)
            _h.Store("s.a");
        return inbox;
    }

    private void PublishMany()
    {
        for (int i = 0; i < Many; i++)
            _h.PublishWithoutWork("s.a", publisher: _publisher);
    }
}
