using System.Text.Json;
using Rivulet.JetStream.Streams;

namespace Rivulet.JetStream.Tests.Buckets;

/// <summary>From where a watch may go on.</summary>
public sealed class BucketResumeTests : IAsyncDisposable
{
    private const string Ttl = ""","allow_msg_ttl":true""";
    private const string Markers = ""","allow_msg_ttl":true,"subject_delete_marker_ttl":1000000000""";

    private readonly BucketRig _b = new();

    public ValueTask DisposeAsync() => _b.DisposeAsync();

    [Fact]
    public void Values_that_newer_ones_replaced_do_not_matter_unless_every_one_is_wanted()
    {
        _b.Create();
        _b.Put("a");
        _b.Put("b");
        _b.Put("a");

        Assert.Equal(
            """{"type":"io.rivulet.kv.v1.resume_response","bucket":"B","revision":3,"removals":0}""",
            _b.Js.Ask("$RV.KV.RESUME.B", """{"revision":1}""").Payload);
        Assert.Equal(0, _b.ErrorOf("RESUME.B", """{"revision":1,"every":true}"""));
        _b.Put("b");
        Assert.Equal(20001, _b.ErrorOf("RESUME.B", """{"revision":1,"every":true}"""));
        Assert.Equal(0, _b.ErrorOf("RESUME.B", """{"revision":2,"every":true}"""));
    }

    [Fact]
    public void A_key_that_expired_without_a_trace_stops_those_who_may_not_know()
    {
        _b.Create(history: 1, Ttl);
        _b.PutFor("a", "1", 1);
        _b.Put("b");
        _b.Js.Advance(TimeSpan.FromSeconds(1.1));

        Assert.Equal(20001, _b.ErrorOf("RESUME.B", """{"revision":1}"""));
        Assert.Equal(20001, _b.ErrorOf("RESUME.B", """{"revision":2}"""));
        Assert.Equal(20001, _b.ErrorOf("RESUME.B", """{"revision":2,"removals":0}"""));
        Assert.Equal(0, _b.ErrorOf("RESUME.B", """{"revision":2,"removals":1}"""));
        Assert.Equal(0, _b.ErrorOf("RESUME.B", """{"revision":0}"""));
        _b.Put("c");
        Assert.Equal(0, _b.ErrorOf("RESUME.B", """{"revision":3}"""));
        Assert.Equal(20001, _b.ErrorOf("RESUME.B", """{"revision":2}"""));
    }

    [Fact]
    public async Task A_removal_is_not_counted_before_it_is_committed_though_the_note_of_it_is()
    {
        _b.Create();
        _b.Put("a");
        Assert.True(_b.Js.Account.TryGetStream("KV_B", out JetStreamStream? stream));
        Task<ulong> asked;
        lock (stream.WriterLock)
        {
            stream.Revisions!.OnPurging("$KV.B.a"u8, keep: 0);
            _b.Store.Commit();
            asked = Task.Run(() => stream.Revisions.Removals, TestContext.Current.CancellationToken);
            SpinWait.SpinUntil(() => asked.IsCompleted, TimeSpan.FromMilliseconds(100));
            _b.Store.IsHeld = true;
            stream.Publishing.DependOn(stream.Log.Purge("$KV.B.a"u8, beforeSequence: 0, keep: 0).Position);
        }

        Assert.Equal(0UL, await asked);
        Assert.Equal("a=1", _b.List());
        _b.Store.Commit();
        Assert.Equal(1UL, stream.Revisions.Removals);
        Assert.Equal("", _b.List());
    }

    [Fact]
    public void Where_markers_are_left_only_those_who_missed_one_are_stopped()
    {
        _b.Create(history: 1, Markers);
        _b.Put("b");
        _b.PutFor("a", "1", 1);
        _b.Js.Advance(TimeSpan.FromSeconds(1.1));
        Assert.Equal(0, _b.ErrorOf("RESUME.B", """{"revision":2}"""));
        _b.Js.Advance(TimeSpan.FromSeconds(1.1));

        // The marker, revision 3, is gone as well.
        Assert.Equal(20001, _b.ErrorOf("RESUME.B", """{"revision":2}"""));
        Assert.Equal(20001, _b.ErrorOf("RESUME.B", """{"revision":2,"removals":0}"""));
        Assert.Equal(0, _b.ErrorOf("RESUME.B", """{"revision":3}"""));
    }

    [Theory]
    [InlineData("STREAM.PURGE.KV_B", "")]
    [InlineData("STREAM.PURGE.KV_B", """{"filter":"$KV.B.a"}""")]
    [InlineData("STREAM.PURGE.KV_B", """{"filter":"$KV.B.*"}""")]
    [InlineData("STREAM.MSG.DELETE.KV_B", """{"seq":1}""")]
    public async Task What_somebody_took_out_of_the_stream_stops_all_who_had_seen_it(string operation, string body)
    {
        _b.Create();
        _b.Put("a");
        _b.Put("b");
        _b.Js.ApiOk(operation, body);

        Assert.Equal(20001, _b.ErrorOf("RESUME.B", """{"revision":2}"""));
        await _b.CrashAsync();
        Assert.Equal(20001, _b.ErrorOf("RESUME.B", """{"revision":2}"""));
        Assert.Equal(0, _b.ErrorOf("RESUME.B", """{"revision":2,"removals":1}"""));
        _b.Put("c");
        Assert.Equal(0, _b.ErrorOf("RESUME.B", """{"revision":3}"""));
    }

    [Fact]
    public void A_purge_that_finds_nothing_or_keeps_the_newest_stops_nobody()
    {
        _b.Create(history: 5);
        _b.Put("a");
        _b.Put("a");
        _b.Js.ApiOk("STREAM.PURGE.KV_B", """{"filter":"$KV.B.none"}""");
        _b.Js.ApiOk("STREAM.PURGE.KV_B", """{"filter":"$KV.B.a","keep":1}""");

        Assert.Equal(0, _b.ErrorOf("RESUME.B", """{"revision":1}"""));
        Assert.Equal(0UL, _b.AskOk("RESUME.B").GetProperty("removals").GetUInt64());
    }

    [Fact]
    public void A_rollup_of_the_stream_stops_those_before_it()
    {
        _b.Create();
        _b.Put("a");
        _b.Put("b", "", "NATS/1.0\r\nNats-Rollup: all\r\n\r\n");

        Assert.Equal(20001, _b.ErrorOf("RESUME.B", """{"revision":1}"""));
        _b.Put("c");
        Assert.Equal(0, _b.ErrorOf("RESUME.B", """{"revision":3}"""));
    }

    [Fact]
    public void A_lower_limit_stops_all_who_had_seen_what_it_takes()
    {
        _b.Create(history: 3);
        _b.Put("a");
        _b.Update(3, ""","description":"new" """);
        Assert.Equal(0, _b.ErrorOf("RESUME.B", """{"revision":1}"""));
        _b.Update(2);
        Assert.Equal(20001, _b.ErrorOf("RESUME.B", """{"revision":1}"""));
    }

    [Fact]
    public void What_is_told_is_not_ahead_of_what_is_committed()
    {
        _b.Create();
        _b.Put("a");
        _b.Store.IsHeld = true;
        _b.Js.Publish("$JS.API.STREAM.PURGE.KV_B", reply: "_R");

        Assert.Equal(0UL, _b.AskOk("LIST.B").GetProperty("removals").GetUInt64());
        Assert.Equal(20001, _b.ErrorOf("RESUME.B", """{"revision":1,"removals":0}"""));
        _b.Store.IsHeld = false;
        _b.Store.Commit();
        Assert.Equal(1UL, _b.AskOk("LIST.B").GetProperty("removals").GetUInt64());
    }

    [Fact]
    public async Task A_bucket_that_comes_from_elsewhere_knows_nothing_of_before()
    {
        _b.Create();
        _b.Put("a");
        _b.Js.Account.TryGetStream("KV_B", out JetStreamStream? stream);
        lock (stream!.WriterLock)
            stream.Log.RemoveAttachment("bucket.revisions");
        _b.Store.Commit();
        await _b.RestartAsync();

        Assert.Equal(20001, _b.ErrorOf("RESUME.B", """{"revision":1}"""));
        JsonElement here = _b.AskOk("RESUME.B");
        Assert.Equal(1UL, here.GetProperty("removals").GetUInt64());
    }
}
