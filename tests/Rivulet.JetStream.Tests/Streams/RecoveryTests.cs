using System.Globalization;
using System.Text;
using System.Text.Json;
using Rivulet.JetStream.Tests.Consumers.Support;
using Rivulet.JetStream.Tests.Support;
using Rivulet.Storage;
using Rivulet.TestKit.Simulation;

namespace Rivulet.JetStream.Tests.Streams;

/// <summary>What a stream is after a restart, over the file store on a simulated disk.</summary>
public sealed class RecoveryTests
{
    private readonly ManualTimeProvider _clock = new();
    private SimulatedFileSystem _disk = new();
    private HeldStore _store;
    private Harness _h;

    public RecoveryTests() => Open();

    [Fact]
    public async Task Streams_come_back_with_their_configuration_age_and_messages()
    {
        _h.CreateStream(more: ""","max_msgs_per_subject":2,"allow_direct":true,"metadata":{"k":"v"}""");
        _h.CreateStream("M", ""","storage":"memory" """);
        _h.CreateStream("D");
        for (int i = 0; i < 5; i++)
            _h.Store("s.a", i.ToString(CultureInfo.InvariantCulture));
        _h.ApiOk("STREAM.DELETE.D");
        string before = InfoWithoutTime();
        _clock.Advance(TimeSpan.FromHours(1));

        await RestartAsync();

        Assert.Equal(before, InfoWithoutTime());
        Assert.Equal("4", _h.Ask("$JS.API.DIRECT.GET.S.s.a").Payload);
        Assert.Equal(["S"], _h.Account.Streams.Select(stream => stream.Name));
        Assert.True(_h.Account.Usage.StoreBytes > 0);
        Assert.Equal(6UL, _h.Store("s.a"));
    }

    [Fact]
    public async Task An_update_outlives_a_restart()
    {
        _h.CreateStream();
        _h.ApiOk("STREAM.UPDATE.S", """{"name":"S","subjects":["u.>"],"description":"new"}""");

        await RestartAsync();

        Assert.Equal("new", _h.ApiOk("STREAM.INFO.S").GetProperty("config").GetProperty("description").GetString());
        Assert.False(_h.Publish("s.a", reply: "_R"));
        Assert.Equal(1UL, _h.Store("u.a"));
    }

    [Fact]
    public async Task A_stream_with_s2_keeps_its_messages_compressed_and_serves_them_plain()
    {
        string value = string.Concat(Enumerable.Range(0, 40).Select(i => $"{{\"customer\":\"Anna\",\"order\":{i}}},"));
        _h.CreateStream(more: ""","allow_direct":true,"compression":"s2" """);
        _h.Store("s.packed", value, "NATS/1.0\r\nA: 1\r\n\r\n");
        _h.ApiOk("STREAM.UPDATE.S", """{"name":"S","subjects":["s.>"],"allow_direct":true,"compression":"none"}""");
        string packedOnly = DiskText();
        _h.Store("s.plain", value);

        Assert.DoesNotContain(value[..300], packedOnly, StringComparison.Ordinal);
        Assert.Contains(value, DiskText(), StringComparison.Ordinal);
        await RestartAsync();
        foreach (string key in new[] { "packed", "plain" })
            Assert.Equal(value, _h.Ask("$JS.API.DIRECT.GET.S.s." + key).Payload);
    }

    [Fact]
    public async Task Message_ids_of_the_window_are_known_after_a_restart()
    {
        _h.CreateStream(more: ""","duplicate_window":60000000000""");
        _h.Store("s.a", "1", "NATS/1.0\r\nNats-Msg-Id: old\r\n\r\n");
        _clock.Advance(TimeSpan.FromSeconds(50));
        _h.Store("s.a", "2", "NATS/1.0\r\nNats-Msg-Id: recent\r\n\r\n");
        _clock.Advance(TimeSpan.FromSeconds(20));

        await RestartAsync();

        Assert.Equal("""{"stream":"S","seq":2,"duplicate": true}""", Publish("recent"));
        Assert.Contains("wrong last msg ID: recent", _h.Ask("s.a", "", "NATS/1.0\r\nNats-Expected-Last-Msg-Id: x\r\n\r\n").Payload, StringComparison.Ordinal);
        Assert.Equal("""{"stream":"S","seq":3}""", Publish("old"));
    }

    [Fact]
    public async Task A_last_message_without_an_id_has_none_after_a_restart_either()
    {
        _h.CreateStream();
        _h.Store("s.a", "1", "NATS/1.0\r\nNats-Msg-Id: m\r\n\r\n");
        _h.Store("s.a", "2");

        await RestartAsync();

        Assert.Contains(
            "wrong last msg ID: ", _h.Ask("s.a", "", "NATS/1.0\r\nNats-Expected-Last-Msg-Id: m\r\n\r\n").Payload, StringComparison.Ordinal);
        Assert.Contains("\"duplicate\": true", Publish("m"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_expired_meanwhile_is_gone_after_a_restart()
    {
        _h.CreateStream(more: ""","allow_msg_ttl":true,"max_age":10000000000""");
        _h.Store("s.a", "ttl", "NATS/1.0\r\nNats-TTL: 1s\r\n\r\n");
        _h.Store("s.b", "age");
        _h.Store("s.c", "never", "NATS/1.0\r\nNats-TTL: never\r\n\r\n");
        _clock.Advance(TimeSpan.FromSeconds(5));
        await RestartAsync();
        Assert.Equal(2, State().GetProperty("messages").GetInt32());
        _h.Advance(TimeSpan.FromSeconds(5.1));
        Assert.Equal(1, State().GetProperty("messages").GetInt32());
    }

    [Fact]
    public void Nothing_acknowledged_is_lost_by_a_power_cut()
    {
        _h.CreateStream(more: ""","allow_direct":true,"max_msgs_per_subject":1""");
        var acked = new Dictionary<string, string>(StringComparer.Ordinal);
        var random = new Random(5);
        for (int round = 0; round < 100; round++)
        {
            for (int i = 0; i < 5; i++)
            {
                string key = "s." + random.Next(20).ToString(CultureInfo.InvariantCulture);
                string value = $"{round}.{i}";
                _h.Store(key, value);
                acked[key] = value;
            }

            // Appended and not committed: it may be there afterwards or not, but must not replace what was acknowledged.
            _store.IsHeld = true;
            _h.Publish("s.tail", "unacknowledged");
            _disk = _disk.CutPower(round % 2 == 0 ? UnsyncedSurvival.None : UnsyncedSurvival.Random, random);
            Open();
            foreach ((string key, string value) in acked)
                Assert.Equal(value, _h.Ask("$JS.API.DIRECT.GET.S." + key).Payload);
        }
    }

    [Fact]
    public void A_failing_disk_answers_who_waits_and_refuses_what_comes()
    {
        _h.CreateStream(more: ""","allow_direct":true""");
        _h.Store("s.a", "kept");
        using Inbox inbox = _h.Router.Subscribe("_R.>");
        var publisher = new TestPublisher();
        _store.IsHeld = true;
        _h.Publish("s.a", "lost?", "_R.1", publisher: publisher);
        _h.Publish("$JS.API.DIRECT.GET.S.s.a", "", "_R.2", publisher: publisher);
        _disk.FailSyncAfter(0);

        _store.Commit();
        _h.Run();

        List<Received> answers = inbox.TakeAll();
        Assert.Equal(10077, ErrorCode(Assert.Single(answers, m => m.Subject == "_R.1")));
        Assert.Equal("kept", Assert.Single(answers, m => m.Subject == "_R.2").Payload);
        Assert.Equal(10077, ErrorCode(_h.Ask("s.a", "more")));
        Assert.Equal(10051, _h.ApiError("STREAM.PURGE.S").Code);
        Assert.Equal(10049, _h.ApiError("STREAM.CREATE.T", """{"name":"T"}""").Code);
        Assert.NotNull(_h.Engine.Failure);
        Assert.True(_h.Engine.HasSettled(publisher));
    }

    [Fact]
    public async Task A_stream_that_needs_a_newer_server_is_kept_and_offline()
    {
        _store.CreateStream(
            new StreamIdentity("$G", "NEW"),
            """{"name":"NEW","subjects":["n"],"metadata":{"_nats.req.level":"9"}}"""u8,
            new StreamLimits());
        _store.CreateStream(new StreamIdentity("$G", "BAD"), "not JSON"u8, new StreamLimits());
        _store.Commit();

        await RestartAsync();

        Assert.Equal(
            (10194, "stream is offline: unsupported - required API level: 9, current API level: 5"), _h.ApiError("STREAM.INFO.NEW"));
        Assert.Equal(10194, _h.ApiError("STREAM.CREATE.NEW", """{"name":"NEW"}""").Code);
        Assert.Equal(10194, _h.ApiError("STREAM.DELETE.BAD").Code);
        Assert.Equal("""["BAD","NEW"]""", _h.ApiOk("STREAM.LIST").GetProperty("missing").GetRawText());
        Assert.False(_h.Publish("n", reply: "_R"));
    }

    private static int ErrorCode(Received answer)
    {
        using JsonDocument json = JsonDocument.Parse(answer.Payload);
        return json.RootElement.GetProperty("error").GetProperty("err_code").GetInt32();
    }

    private string Publish(string id) => _h.Ask("s.a", "x", $"NATS/1.0\r\nNats-Msg-Id: {id}\r\n\r\n").Payload;

    private string DiskText() => Encoding.Latin1.GetString(_disk.ReadAll("/store/0000000001.log"));

    private JsonElement State() => _h.ApiOk("STREAM.INFO.S").GetProperty("state");

    private string InfoWithoutTime()
    {
        string json = _h.Ask("$JS.API.STREAM.INFO.S", """{"subjects_filter":">","deleted_details":true}""").Payload;
        return new StringBuilder(json).Remove(json.LastIndexOf("\"ts\"", StringComparison.Ordinal), json.Length - json.LastIndexOf("\"ts\"", StringComparison.Ordinal)).ToString();
    }

    private async Task RestartAsync()
    {
        await _h.Engine.DisposeAsync();
        Open();
    }

    [System.Diagnostics.CodeAnalysis.MemberNotNull(nameof(_store), nameof(_h))]
    private void Open()
    {
        _store = HeldStore.OnDisk(_disk, _clock);
        _h = new Harness(_store, _clock);
    }
}
