using System.Globalization;
using System.Text.Json;

namespace Rivulet.JetStream.Tests.Buckets;

/// <summary>Many values in one request, all as of one revision.</summary>
public sealed class BucketGetTests : IAsyncDisposable
{
    private readonly BucketRig _b = new();

    public ValueTask DisposeAsync() => _b.DisposeAsync();

    [Fact]
    public void Keys_by_name_come_in_their_order_and_those_without_a_value_are_told()
    {
        _b.Create();
        _b.Put("a", "1");
        _b.Put("b", "2");
        _b.Put("c", "3");
        _b.Delete("b");

        (string values, JsonElement end) = _b.Get("""{"keys":["c","b","none","a"]}""");

        Assert.Equal("c=3 a=1", values);
        Assert.Equal(
            """{"type":"io.rivulet.kv.v1.get_response","bucket":"B","revision":4,"removals":0,"count":2,"missing":["b","none"]}""",
            end.GetRawText());
    }

    [Theory]
    [InlineData("""{"filters":["x.*"]}""", "x.1=1 x.2=2")]
    [InlineData("""{"prefix":"x.","limit":1}""", "x.1=1")]
    [InlineData("""{"from":"x.2"}""", "x.2=2 y=3")]
    [InlineData("""{"prefix":"none"}""", "")]
    [InlineData("", "x.1=1 x.2=2 y=3")]
    public void Keys_by_filter_and_bounds_come_in_the_order_of_their_bytes(string body, string expected)
    {
        _b.Create();
        _b.Put("y", "3");
        _b.Put("x.2", "2");
        _b.Put("x.1", "1");

        Assert.Equal(expected, _b.Get(body).Values);
    }

    [Fact]
    public void All_values_are_of_the_revision_that_the_end_names()
    {
        _b.Create();
        for (int i = 0; i < 1024; i++)
            _b.Put(Key(i), "old");
        ulong last = _b.Put(Key(0), "new");

        // Written between the look and the reads, which take several slices: none of it may show.
        using Consumers.Support.Inbox inbox = _b.Js.Router.Subscribe("_INBOX.many");
        Hosting.DeliveryBatch batch = _b.Js.Router.CreateBatch();
        _b.Js.Router.PublishFrom(
            null, "$RV.KV.GET.B"u8, "_INBOX.many"u8, default, """{"prefix":"k"}"""u8, batch);
        _b.Js.RunOne();
        for (int i = 0; i < 1024; i++)
            _b.Js.PublishWithoutWork("$KV.B." + Key(i));
        _b.Js.Run();

        List<Consumers.Support.Received> all = inbox.TakeAll();
        Assert.Equal(1025, all.Count);
        Assert.Equal("new", all[0].Payload);
        Assert.All(all[1..^1], value => Assert.Equal("old", value.Payload));
        using JsonDocument end = JsonDocument.Parse(all[^1].Payload);
        Assert.Equal(last, end.RootElement.GetProperty("revision").GetUInt64());
    }

    [Theory]
    [InlineData(false, 20004)]
    [InlineData(true, 0)]
    public void A_value_that_is_erased_before_it_is_read_ends_an_answer_that_has_begun(bool isFirst, int code)
    {
        _b.Create();

        // The last key is the oldest: of the newest the store keeps what it wrote.
        for (int i = 1023; i >= 0; i--)
            _b.Put(Key(i), new string('v', 4000));
        using Consumers.Support.Inbox inbox = _b.Js.Router.Subscribe("_INBOX.many");
        Hosting.DeliveryBatch batch = _b.Js.Router.CreateBatch();
        _b.Js.Router.PublishFrom(
            null, "$RV.KV.GET.B"u8, "_INBOX.many"u8, default, """{"prefix":"k"}"""u8, batch);
        if (!isFirst)
            _b.Js.RunOne();
        Assert.Equal(isFirst, inbox.Count == 0);
        Erase(sequence: 1);
        _b.Js.Run();

        // Before anything was sent all are looked up again.
        List<Consumers.Support.Received> all = inbox.TakeAll();
        Assert.Equal("204 EOB", all[^1].Status);
        using JsonDocument end = JsonDocument.Parse(all[^1].Payload);
        int got = end.RootElement.TryGetProperty("error", out JsonElement error) ? error.GetProperty("err_code").GetInt32() : 0;
        Assert.Equal(code, got);
        Assert.Equal(1024, all.Count);
    }

    [Fact]
    public void What_does_not_fit_is_told()
    {
        _b.Create();
        for (int i = 0; i < 4; i++)
            _b.Put(Key(i), new string('x', 1000));

        (string values, JsonElement end) = _b.Get("""{"max_bytes":1500}""");
        Assert.Equal(2, values.Split(' ').Length);
        Assert.Equal(Key(2), end.GetProperty("next").GetString());
        end = _b.Get($$"""{"keys":["{{Key(0)}}","{{Key(1)}}","{{Key(2)}}"],"max_bytes":1500}""").End;
        Assert.Equal($"""["{Key(2)}"]""", end.GetProperty("unread").GetRawText());
    }

    [Fact]
    public void A_bucket_is_read_as_of_a_revision_while_its_history_holds_it()
    {
        _b.Create(history: 2);
        _b.Put("a", "a1");
        _b.Put("b", "b2");
        _b.Put("a", "a3");
        _b.Delete("b");
        _b.Put("c", "c5");

        Assert.Equal("a=a1", _b.Values("""{"revision":1}"""));
        Assert.Equal("a=a1 b=b2", _b.Values("""{"revision":2}"""));
        Assert.Equal("a=a3 b=b2", _b.Values("""{"revision":3}"""));
        Assert.Equal("a=a3", _b.Values("""{"revision":4}"""));
        Assert.Equal("a=a3 b=4", _b.List("""{"revision":4,"deletes":true}""").Replace("a=3", "a=a3", StringComparison.Ordinal));

        _b.Put("a", "a6");
        Assert.Equal("revision 2 is compacted, held from 3", _b.Values("""{"revision":2}"""));
        Assert.Equal("a=a3 b=b2", _b.Values("""{"revision":3}"""));
        Assert.Equal("b=b2", _b.Values("""{"revision":2,"keys":["b"]}"""));
        Assert.Equal("revision 2 is compacted, held from 3", _b.Values("""{"revision":2,"keys":["a"]}"""));
        Assert.Equal(20001, _b.ErrorOf("LIST.B", """{"revision":2}"""));
    }

    [Fact]
    public async Task What_is_held_is_known_after_a_restart()
    {
        _b.Create(history: 3);
        for (int i = 0; i < 3; i++)
            _b.Put("full", $"f{i}");
        _b.Put("few", "w1");
        _b.Put("full", "f4");
        Assert.Equal("revision 1 is compacted, held from 2", _b.Values("""{"revision":1}"""));
        await _b.RestartAsync();

        Assert.Equal("revision 1 is compacted, held from 2", _b.Values("""{"revision":1}"""));
        Assert.Equal("full=f1", _b.Values("""{"revision":2}"""));
        Assert.Equal("few=w1 full=f2", _b.Values("""{"revision":4}"""));
        _b.Purge("few");
        await _b.RestartAsync();
        Assert.Equal("revision 4 is compacted, held from 6", _b.Values("""{"revision":4}"""));
        Assert.Equal("full=f4", _b.Values("""{"revision":6}"""));
    }

    [Fact]
    public async Task A_bucket_of_one_revision_holds_what_came_since_the_restart()
    {
        _b.Create();
        _b.Put("a", "1");
        _b.Put("b", "2");
        await _b.RestartAsync();
        _b.Put("c", "3");
        _b.Put("d", "4");

        Assert.Equal("revision 1 is compacted, held from 2", _b.Values("""{"revision":1}"""));
        Assert.Equal("a=1 b=2", _b.Values("""{"revision":2}"""));
        Assert.Equal("a=1 b=2 c=3", _b.Values("""{"revision":3}"""));
    }

    [Fact]
    public void A_bucket_without_direct_gets_answers_all_the_same()
    {
        _b.Create(1, ""","allow_direct":false""");
        _b.Put("a", "1");

        Assert.Equal("a=1", _b.Values("""{"keys":["a"]}"""));
        Assert.Equal("a=1", _b.List());
    }

    [Fact]
    public void A_purge_of_the_stream_takes_what_was_before_it()
    {
        _b.Create(history: 5);
        _b.Put("a", "1");
        _b.Put("b", "2");
        _b.Js.ApiOk("STREAM.PURGE.KV_B", """{"filter":"$KV.B.a"}""");
        _b.Put("c", "3");

        Assert.Equal("revision 1 is compacted, held from 2", _b.Values("""{"revision":1}"""));
        Assert.Equal("b=2", _b.Values("""{"revision":2}"""));
    }

    [Fact]
    public void A_mirror_and_a_bucket_that_drops_old_values_say_why_they_cannot()
    {
        _b.Create();
        _b.Put("a");
        _b.Js.ApiOk("STREAM.CREATE.KV_M", """{"name":"KV_M","mirror":{"name":"KV_B"},"max_msgs_per_subject":1,"discard":"new"}""");
        _b.Js.Run();
        _b.Js.ApiOk("STREAM.CREATE.KV_D", """{"name":"KV_D","subjects":["$KV.D.>"],"max_msgs_per_subject":1,"max_msgs":5}""");

        Assert.Equal("a=1", _b.List("", "LIST.M"));
        Assert.Equal(20005, _b.ErrorOf("RESUME.M"));
        Assert.Equal(20009, _b.ErrorOf("TOUCH.M.a", """{"persist":true}"""));
        Assert.Equal(20005, _b.ErrorOf("RESUME.D"));
    }

    [Fact]
    public void More_keys_than_fit_one_look_are_refused()
    {
        _b.Create();
        string keys = string.Join(',', Enumerable.Range(0, 1025).Select(i => $"\"{Key(i)}\""));

        Assert.Equal(20008, _b.ErrorOf("GET.B", $$"""{"keys":[{{keys}}]}"""));
    }

    private void Erase(ulong sequence)
    {
        Assert.True(_b.Js.Account.TryGetStream("KV_B", out Rivulet.JetStream.Streams.JetStreamStream? stream));
        lock (stream.WriterLock)
            Assert.True(stream.Log.Remove(sequence, erase: true).Removed);
        stream.Store.DeliverCommits();

        // What is removed is overwritten once a later write has proven the removal.
        _b.Js.PublishWithoutWork("$KV.B.other");
        stream.Store.DeliverCommits();
    }

    private static string Key(int i) => string.Create(CultureInfo.InvariantCulture, $"k{i:d4}");
}
