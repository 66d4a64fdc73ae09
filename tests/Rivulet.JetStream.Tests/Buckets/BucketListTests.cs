using System.Globalization;
using System.Text;
using System.Text.Json;
using Rivulet.JetStream.Hosting;
using Rivulet.JetStream.Streams;
using Rivulet.JetStream.Tests.Consumers.Support;

namespace Rivulet.JetStream.Tests.Buckets;

/// <summary>Keys in order, a page at a time.</summary>
public sealed class BucketListTests : IAsyncDisposable
{
    private readonly BucketRig _b = new();

    public ValueTask DisposeAsync() => _b.DisposeAsync();

    [Theory]
    [InlineData("", "a=1 a.1.x=2 a.2.x=3 a-b=4 b=5 b.1=6")]
    [InlineData("""{"limit":2}""", "a=1 a-b=4 …a.1.x")]
    [InlineData("""{"limit":2,"from":"a.1.x"}""", "a.1.x=2 a.2.x=3 …b")]
    [InlineData("""{"limit":2,"after":"a.1.x"}""", "a.2.x=3 b=5 …b.1")]
    [InlineData("""{"after":"b.1"}""", "")]
    [InlineData("""{"prefix":"a"}""", "a=1 a-b=4 a.1.x=2 a.2.x=3")]
    [InlineData("""{"prefix":"a."}""", "a.1.x=2 a.2.x=3")]
    [InlineData("""{"prefix":"c"}""", "")]
    [InlineData("""{"filters":["a.*.x"]}""", "a.1.x=2 a.2.x=3")]
    [InlineData("""{"filters":["b.>","a"]}""", "a=1 b.1=6")]
    [InlineData("""{"filters":["a.>"],"limit":1}""", "a.1.x=2 …a.2.x")]
    [InlineData("""{"from":"a-","before":"b"}""", "a-b=4 a.1.x=2 a.2.x=3")]
    [InlineData("""{"from":"b","before":"a"}""", "")]
    [InlineData("""{"prefix":"b","keys_only":true}""", "b b.1")]
    [InlineData("""{"prefix":"a.","from":"a.2","after":"a.1"}""", "a.2.x=3")]
    public void Keys_come_in_the_order_of_their_bytes_within_what_is_asked_for(string body, string expected)
    {
        _b.Create();
        foreach (string key in (string[])["a", "a.1.x", "a.2.x", "a-b", "b", "b.1"])
            _b.Put(key);

        string sorted = string.Join(' ', expected.Split(' ').Order(Comparer<string>.Create(ByKey)));
        Assert.Equal(body.Length == 0 ? sorted : expected, _b.List(body));
    }

    [Theory]
    [InlineData("LIST.B")]
    [InlineData("GET.B")]
    [InlineData("TOUCH.B.a")]
    public void A_request_whose_bucket_goes_before_its_turn_is_told_so(string operation)
    {
        _b.Create();
        _b.Put("a");
        Assert.True(_b.Js.Account.TryGetStream("KV_B", out JetStreamStream? stream));
        using Inbox inbox = _b.Js.Router.Subscribe("_R");
        DeliveryBatch batch = _b.Js.Router.CreateBatch();
        _b.Js.Router.PublishFrom(null, Encoding.UTF8.GetBytes("$RV.KV." + operation), "_R"u8, default, default, batch);
        _b.Js.Account.Directory.Delete(stream);

        _b.Js.Run();

        Assert.Contains("stream not found", inbox.Take().Payload, StringComparison.Ordinal);
    }

    [Fact]
    public void Pages_that_follow_one_another_give_every_key_once()
    {
        _b.Create();
        for (int i = 0; i < 3000; i++)
            _b.Put(string.Create(CultureInfo.InvariantCulture, $"k{i:d5}"));
        for (int i = 0; i < 3000; i += 3)
            _b.Delete(string.Create(CultureInfo.InvariantCulture, $"k{i:d5}"));
        var keys = new List<string>();
        string from = "";
        for (int pages = 0; pages < 100; pages++)
        {
            JsonElement page = _b.AskOk("LIST.B", $$"""{"keys_only":true,"limit":77,"from":"{{from}}"}""");
            keys.AddRange(page.GetProperty("keys").EnumerateArray().Select(key => key.GetString()!));
            if (!page.TryGetProperty("next", out JsonElement next))
                break;
            from = next.GetString()!;
        }

        Assert.Equal(Enumerable.Range(0, 3000).Where(i => i % 3 != 0).Select(i => $"k{i:d5}"), keys);
    }

    [Fact]
    public void A_page_passes_over_so_many_deleted_keys_and_no_more()
    {
        _b.Create();
        for (int i = 0; i < 17 * 1024; i++)
            _b.Delete(string.Create(CultureInfo.InvariantCulture, $"d{i:d6}"));
        _b.Put("e");

        JsonElement page = _b.AskOk("LIST.B");
        Assert.Equal(0, page.GetProperty("keys").GetArrayLength());
        Assert.Equal("d016384", page.GetProperty("next").GetString());
        Assert.Equal("e=17409", _b.List("""{"from":"d016384"}"""));
    }

    [Fact]
    public void Deleted_keys_are_listed_when_they_are_asked_for()
    {
        _b.Create(history: 3);
        _b.Put("a");
        _b.Put("b");
        _b.Delete("a");

        Assert.Equal("b=2", _b.List());
        Assert.Equal("a=3 b=2", _b.List("""{"deletes":true}"""));
        JsonElement first = _b.AskOk("LIST.B", """{"deletes":true}""").GetProperty("keys")[0];
        Assert.True(first.GetProperty("deleted").GetBoolean());
        Assert.Equal(2, first.GetProperty("revisions").GetInt32());
    }

    [Fact]
    public void The_total_counts_what_other_pages_have()
    {
        _b.Create();
        for (int i = 0; i < 2500; i++)
            _b.Put(string.Create(CultureInfo.InvariantCulture, $"k.{i}"));
        _b.Put("other");
        _b.Delete("k.7");

        JsonElement page = _b.AskOk("LIST.B", """{"filters":["k.*"],"limit":10,"total":true}""");
        Assert.Equal(2499, page.GetProperty("total").GetInt32());
        Assert.Equal(10, page.GetProperty("keys").GetArrayLength());
    }

    [Fact]
    public void An_answer_says_what_it_is_and_how_the_bucket_stands()
    {
        _b.Create();
        _b.Put("a");

        Assert.Equal(
            """{"type":"io.rivulet.kv.v1.list_response","bucket":"B","revision":1,"removals":0,"keys":[{"key":"a","revision":1,"created":"2024-01-01T00:00:00Z","revisions":1}]}""",
            _b.Js.Ask("$RV.KV.LIST.B").Payload);
    }

    [Theory]
    [InlineData("LIST.NONE", "", 10059)]
    [InlineData("LIST.B", "{", 10025)]
    [InlineData("LIST.B", """{"limit":"1"}""", 10025)]
    [InlineData("LIST.B", """{"unknown":1}""", 10025)]
    [InlineData("LIST.B", """{"limit":-1}""", 10003)]
    [InlineData("LIST.B", """{"limit":1025}""", 10003)]
    [InlineData("LIST.B", """{"filters":["a..b"]}""", 20007)]
    [InlineData("LIST.B.a.>", """{"filters":["b.>"]}""", 20007)]
    [InlineData("LIST.B.a.>", """{"filters":[">"]}""", 20007)]
    [InlineData("LIST.B", """{"revision":9}""", 20006)]
    [InlineData("GET.NONE", "", 10059)]
    [InlineData("GET.B", """{"keys":["a"],"limit":1}""", 10003)]
    [InlineData("GET.B", """{"keys":["a.*"]}""", 20007)]
    [InlineData("GET.B", """{"keys":[""]}""", 20007)]
    [InlineData("GET.B.a.>", """{"keys":["b"]}""", 20007)]
    [InlineData("GET.B", """{"total":true}""", 10025)]
    [InlineData("RESUME.NONE", "", 10059)]
    [InlineData("RESUME.B", """{"revision":9}""", 20006)]
    [InlineData("RESUME.B", """{"revision":-1}""", 10025)]
    [InlineData("TOUCH.NONE.a", "", 10059)]
    [InlineData("TOUCH.B.a", """{"ttl":-1}""", 10003)]
    [InlineData("TOUCH.B.a", """{"ttl":1000000000,"persist":true}""", 10003)]
    [InlineData("TOUCH.B.a", """{"ttl":999999999}""", 10165)]
    [InlineData("TOUCH.B.none", """{"ttl":1000000000}""", 20002)]
    [InlineData("TOUCH.B.a", "", 20003)]
    [InlineData("TOUCH.B.a", """{"ttl":1000000000}""", 10166)]
    [InlineData("TOUCH.B.a", """{"persist":true,"revision":7}""", 10071)]
    public void Mistakes_get_their_error(string operation, string body, int code)
    {
        _b.Create();
        _b.Put("a");

        Assert.Equal(code, _b.ErrorOf(operation, body));
    }

    [Fact]
    public void A_filter_in_the_subject_covers_what_is_asked_for()
    {
        _b.Create();
        foreach (string key in (string[])["t1.a", "t1.b", "t2.a"])
            _b.Put(key);

        Assert.Equal("t1.a=1 t1.b=2", _b.List("", "LIST.B.t1.>"));
        Assert.Equal("t1.b=2", _b.List("""{"filters":["t1.b"]}""", "LIST.B.t1.>"));
        Assert.Equal("", _b.List("""{"prefix":"t2"}""", "LIST.B.t1.>"));
        Assert.Equal("t1.a=v", _b.Get("""{"keys":["t1.a"]}""", "GET.B.t1.>").Values);
    }

    [Fact]
    public void An_operation_that_is_not_known_has_no_responders()
    {
        _b.Create();

        Assert.False(_b.Js.Publish("$RV.KV.FUTURE.B", reply: "_R"));
        Assert.False(_b.Js.Publish("$RV.KV.LIST", reply: "_R"));
        Assert.True(_b.Js.Publish("$RV.KV.INFO", reply: "_R"));
    }

    [Fact]
    public void The_requests_can_be_discovered()
    {
        Assert.Equal(
            """{"type":"io.rivulet.kv.v1.info_response","version":1,"operations":["INFO","LIST","GET","RESUME","TOUCH"],"keys_max":1024}""",
            _b.Js.Ask("$RV.KV.INFO").Payload);
    }

    [Fact]
    public void A_listing_sees_what_the_same_connection_published_before_it()
    {
        _b.Create();
        var publisher = new Support.TestPublisher();
        _b.Store.IsHeld = true;
        using Inbox inbox = _b.Js.Router.Subscribe("_INBOX.own");
        _b.Js.Publish("$KV.B.mine", "v", publisher: publisher);
        _b.Js.Publish("$RV.KV.LIST.B", reply: inbox.Filter, publisher: publisher);
        Assert.Equal(0, inbox.Count);

        _b.Store.IsHeld = false;
        _b.Store.Commit();
        _b.Js.Run();
        Assert.Contains("\"mine\"", inbox.Take().Payload, StringComparison.Ordinal);
    }

    private static int ByKey(string a, string b) => string.CompareOrdinal(a.Split('=')[0], b.Split('=')[0]);
}
