using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Rivulet.JetStream.Hosting;
using Rivulet.JetStream.Tests.Consumers.Support;
using Rivulet.JetStream.Tests.Support;
using Rivulet.TestKit.Simulation;

namespace Rivulet.JetStream.Tests.Streams;

/// <summary>An account that JetStream is taken from and given back to, while the store stays open.</summary>
public sealed class ReenabledAccountTests : IAsyncDisposable
{
    private readonly ManualTimeProvider _clock = new();
    private readonly SimulatedFileSystem _disk = new();
    private HeldStore _store;
    private Harness _h;

    public ReenabledAccountTests()
    {
        _store = HeldStore.OnDisk(_disk, _clock);
        _h = new Harness(_store, _clock);
    }

    public async ValueTask DisposeAsync() => await _h.Engine.DisposeAsync();

    [Fact]
    public void Its_consumers_are_as_they_were()
    {
        _h.CreateStream();
        _h.CreateConsumer("C", "\"durable_name\":\"C\",\"ack_policy\":\"explicit\"");
        _h.CreateConsumer("D", "\"durable_name\":\"D\",\"ack_policy\":\"explicit\"");
        Fill();
        _h.ApiOk("CONSUMER.DELETE.S.D");

        Reenable();

        Assert.Equal((2, 1, 1, 1), Progress());
        Assert.Equal(10014, _h.ApiError("CONSUMER.INFO.S.D").Code);
    }

    [Fact]
    public async Task What_a_restored_consumer_has_acknowledged_since_is_not_delivered_again()
    {
        _h.CreateStream();
        _h.CreateConsumer("C", "\"durable_name\":\"C\",\"ack_policy\":\"explicit\"");
        await RestartAsync();
        Fill();

        Reenable();

        Assert.Equal((2, 1, 1, 1), Progress());
        Assert.Equal("3", _h.Pull("C").Take().Payload);
        await RestartAsync();
        Assert.Equal((3, 1, 2, 0), Progress());
    }

    [Fact]
    public void Its_buckets_remember_their_removals()
    {
        _h.ApiOk("STREAM.CREATE.KV_B", """{"name":"KV_B","subjects":["$KV.B.>"],"max_msgs_per_subject":1,"discard":"new"}""");
        foreach (string key in new[] { "a", "b", "c" })
        {
            _h.Store("$KV.B." + key);
            _h.ApiOk("STREAM.PURGE.KV_B", $$"""{"filter":"$KV.B.{{key}}"}""");
        }

        Reenable();

        Assert.Contains("\"removals\":3", _h.Ask("$RV.KV.LIST.B").Payload, StringComparison.Ordinal);
    }

    [Fact]
    public void A_source_goes_on_where_it_was()
    {
        _h.CreateStream("O");
        _h.ApiOk("STREAM.CREATE.S", """{"name":"S","sources":[{"name":"O"}]}""");
        _h.Store("o.a");
        _h.Store("o.b");
        _h.Run();
        _h.ApiOk("STREAM.PURGE.S");
        _h.Run();

        Reenable();

        _h.Store("o.c");
        _h.Run();
        JsonElement state = _h.ApiOk("STREAM.INFO.S").GetProperty("state");
        Assert.Equal((1, 3), (state.GetProperty("messages").GetInt32(), state.GetProperty("last_seq").GetInt32()));
    }

    [Fact]
    public void A_request_that_waited_when_it_was_taken_changes_nothing()
    {
        using Inbox inbox = _h.Router.Subscribe("_R");
        DeliveryBatch batch = _h.Router.CreateBatch();
        _h.Router.PublishFrom(
            null, "$JS.API.STREAM.CREATE.T"u8, "_R"u8, default, Encoding.UTF8.GetBytes("""{"name":"T"}"""), batch);

        _h.Engine.DisableAccount("$G");
        _h.Run();

        Assert.Contains("\"err_code\":10039", inbox.Take().Payload, StringComparison.Ordinal);
        Assert.Empty(_store.Streams);
    }

    [Fact]
    public void Nothing_is_kept_of_an_account_that_it_was_taken_from()
    {
        WeakReference taken = UseAndTake();

        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();

        Assert.False(taken.IsAlive);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private WeakReference UseAndTake()
    {
        _h.Engine.DisableAccount("$G");
        JetStreamAccount account = _h.Engine.EnableAccount(_h.Router, AccountLimits.Unlimited);
        _h.ApiOk("STREAM.CREATE.M", """{"name":"M","subjects":["m.>"],"storage":"memory"}""");
        _h.Store("m.a");
        _h.Engine.DisableAccount("$G");
        _h.Run();
        return new WeakReference(account);
    }

    private void Fill()
    {
        foreach (string payload in new[] { "1", "2", "3" })
            _h.Store("s.a", payload);
        List<Received> delivered = _h.Pull("C", "2").TakeAll();
        Assert.Equal("", _h.Ask(delivered[0].Reply).Payload);
    }

    private (int Delivered, int Floor, int AckPending, int Pending) Progress()
    {
        JsonElement info = _h.Info("C");
        return (
            info.GetProperty("delivered").GetProperty("stream_seq").GetInt32(),
            info.GetProperty("ack_floor").GetProperty("stream_seq").GetInt32(),
            info.GetProperty("num_ack_pending").GetInt32(),
            info.GetProperty("num_pending").GetInt32());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_purge_while_it_has_no_JetStream_tells_how_that_went(bool fails)
    {
        _h.CreateStream();
        _h.Engine.DisableAccount("$G");
        _h.Run();
        using IDisposable system = _h.Engine.ServeSystemAccount(_h.Router, "$JS.API.>"u8);
        if (fails)
            _disk.FailWriteAfter(0);

        // The first one meets the failure while it waits, the next one a store that has failed.
        for (int i = 0; i < 2; i++)
        {
            string answer = _h.Ask("$JS.API.ACCOUNT.PURGE.$G").Payload;
            Assert.Contains(fails ? "store failed: " : "\"initiated\":true", answer, StringComparison.Ordinal);
        }
    }

    private void Reenable()
    {
        _h.Engine.DisableAccount("$G");
        _h.Run();
        _h.Engine.EnableAccount(_h.Router, AccountLimits.Unlimited);
        _h.Run();
    }

    private async Task RestartAsync()
    {
        await _h.Engine.DisposeAsync();
        _store = HeldStore.OnDisk(_disk, _clock);
        _h = new Harness(_store, _clock);
    }
}
