using System.Globalization;
using System.Text;
using Rivulet.JetStream.Tests.Consumers.Support;

namespace Rivulet.JetStream.Tests.DirectGet;

/// <summary>Messages as they are, one or many.</summary>
public sealed class DirectGetTests
{
    private readonly Harness _h = new();

    public DirectGetTests()
    {
        _h.CreateStream(more: ""","allow_direct":true""");
        for (int i = 0; i < 10; i++)
            _h.Store("s." + "abcde"[i % 5], "v" + i.ToString(CultureInfo.InvariantCulture), i % 2 == 0 ? "" : "NATS/1.0\r\nH: x\r\n\r\n");
        _h.ApiOk("STREAM.MSG.DELETE.S", """{"seq":4}""");
    }

    [Fact]
    public void A_message_comes_with_its_own_headers_first()
    {
        Received message = _h.Ask("$JS.API.DIRECT.GET.S", """{"seq":2}""");

        Assert.Equal("v1", message.Payload);
        Assert.Equal(
            "NATS/1.0\r\nH: x\r\nNats-Stream: S\r\nNats-Subject: s.b\r\nNats-Sequence: 2\r\nNats-Time-Stamp: 2024-01-01T00:00:00Z\r\n\r\n",
            message.Headers);
    }

    [Theory]
    [InlineData("""{"next_by_subj":"s..a"}""", "404 Message Not Found")]
    [InlineData("""{"next_by_subj":"a b","batch":2}""", "404 Message Not Found")]
    [InlineData("""{"last_by_subj":"s..a"}""", "404 Message Not Found")]
    [InlineData("""{"multi_last":["s..a"]}""", "404 No Results")]
    [InlineData("""{"multi_last":[""]}""", "404 No Results")]
    public void A_filter_that_is_none_matches_nothing(string body, string status)
    {
        Assert.Equal(status, _h.Ask("$JS.API.DIRECT.GET.S", body).Status);
    }

    [Fact]
    public void Filters_that_are_none_keep_nobody_from_the_others()
    {
        using Inbox inbox = _h.Router.Subscribe("_R");
        _h.Publish("$JS.API.DIRECT.GET.S", """{"multi_last":["s..","s.a"]}""", "_R");
        Assert.Equal("v5", inbox.Take().Payload);
        Assert.Equal("204 EOB", inbox.Take().Status);
    }

    [Fact]
    public void Subjects_that_end_before_the_start_are_passed_over()
    {
        Received end = _h.Ask("$JS.API.DIRECT.GET.S", """{"multi_last":["s.>"],"seq":99}""");
        Assert.Equal("204 EOB", end.Status);
        Assert.Equal("10", end.Header("Nats-UpTo-Sequence"));
    }

    [Fact]
    public void The_api_finds_nothing_by_a_filter_that_is_none()
    {
        Assert.Equal(10037, _h.ApiError("STREAM.MSG.GET.S", """{"next_by_subj":"s..a"}""").Code);
        Assert.False(_h.ApiOk("STREAM.INFO.S", """{"subjects_filter":"s..a"}""").GetProperty("state").TryGetProperty("subjects", out _));
    }

    [Theory]
    [InlineData("""{"seq":1}""", "v0")]
    [InlineData("""{ "seq" : 1 }""", "v0")]
    [InlineData("""{"seq":1,"unknown":true}""", "v0")]
    [InlineData("""{"last_by_subj":"s.a"}""", "v5")]
    [InlineData("""{"last_by_subj":"s.*"}""", "v9")]
    [InlineData("""{"next_by_subj":"s.b"}""", "v1")]
    [InlineData("""{"next_by_subj":"s.b","seq":3}""", "v6")]
    [InlineData("""{"next_by_subj":"s.>","seq":4}""", "v4")]
    [InlineData("""{"start_time":"2020-01-01T00:00:00Z"}""", "v0")]
    [InlineData("""{"start_time":"2020-01-01T00:00:00Z","next_by_subj":"s.c"}""", "v2")]
    public void One_message_is_found(string body, string payload)
    {
        Assert.Equal(payload, _h.Ask("$JS.API.DIRECT.GET.S", body).Payload);
    }

    [Theory]
    [InlineData("", "408 Empty Request")]
    [InlineData("{}", "408 Empty Request")]
    [InlineData("""{"batch":2}""", "408 Empty Request")]
    [InlineData("""{"up_to_seq":2}""", "408 Empty Request")]
    [InlineData("""{"multi_last":[]}""", "408 Empty Request")]
    [InlineData("x", "408 Malformed Request")]
    [InlineData("[]", "408 Malformed Request")]
    [InlineData("""{"seq":-1}""", "408 Malformed Request")]
    [InlineData("""{"seq":"1"}""", "408 Malformed Request")]
    [InlineData("""{"seq":1}{}""", "408 Malformed Request")]
    [InlineData("""{"seq":1} x""", "408 Malformed Request")]
    [InlineData("""{"seq":1,"last_by_subj":"s.a"}""", "408 Bad Request")]
    [InlineData("""{"seq":1,"start_time":"2020-01-01T00:00:00Z"}""", "408 Bad Request")]
    [InlineData("""{"start_time":"2020-01-01T00:00:00Z","last_by_subj":"s.a"}""", "408 Bad Request")]
    [InlineData("""{"last_by_subj":"s.a","next_by_subj":"s.a"}""", "408 Bad Request")]
    [InlineData("""{"last_by_subj":"s.a","batch":2}""", "408 Bad Request")]
    [InlineData("""{"last_by_subj":"s.a","multi_last":["s.a"]}""", "408 Bad Request")]
    [InlineData("""{"next_by_subj":"s.a","multi_last":["s.a"]}""", "408 Bad Request")]
    [InlineData("""{"multi_last":["s.a"],"up_to_seq":1,"up_to_time":"2020-01-01T00:00:00Z"}""", "408 Bad Request")]
    [InlineData("""{"seq":4}""", "404 Message Not Found")]
    [InlineData("""{"seq":11}""", "404 Message Not Found")]
    [InlineData("""{"last_by_subj":"nope"}""", "404 Message Not Found")]
    [InlineData("""{"next_by_subj":"s.b","seq":30}""", "404 Message Not Found")]
    [InlineData("""{"seq":50,"batch":10}""", "404 Message Not Found")]
    [InlineData("""{"multi_last":["nope"]}""", "404 No Results")]
    [InlineData("""{"multi_last":["s.>"],"up_to_time":"2020-01-01T00:00:00Z"}""", "404 No Results")]
    public void What_cannot_be_answered_gets_a_status(string body, string status)
    {
        Received answer = _h.Ask("$JS.API.DIRECT.GET.S", body);

        Assert.Equal(status, answer.Status);
        Assert.Equal("", answer.Payload);
    }

    [Theory]
    [InlineData("s.a", "", "", "v5")]
    [InlineData("s.a", "{}", "", "v5")]
    [InlineData("s.*", "", "", "v9")]
    [InlineData("nope", "", "404 Message Not Found", "")]
    [InlineData("s.d", "", "", "v8")]
    [InlineData("s.a", "x", "408 Malformed Request", "")]
    [InlineData("s.a", """{"seq":1}""", "408 Bad Request", "")]
    [InlineData("s.a", """{"batch":1}""", "408 Bad Request", "")]
    public void A_subject_in_the_request_subject_gets_its_last_message(string subject, string body, string status, string payload)
    {
        Received answer = _h.Ask("$JS.API.DIRECT.GET.S." + subject, body);

        Assert.Equal(payload, answer.Payload);
        if (status.Length > 0)
            Assert.Equal(status, answer.Status);
    }

    [Fact]
    public void Headers_can_be_left_out()
    {
        Assert.Equal(("", "v1"), Parts(_h.Ask("$JS.API.DIRECT.GET.S", """{"seq":2,"no_hdr":true}""")));
        Assert.Equal(("", "v6"), Parts(_h.Ask("$JS.API.DIRECT.GET.S.s.b", """{"no_hdr":true}""")));
        Assert.Equal(["v0:", "v1:", ":204 EOB"], Batch("""{"seq":1,"batch":2,"no_hdr":true}""").Select(Line));
    }

    [Fact]
    public void A_stream_that_does_not_allow_it_has_no_responders()
    {
        _h.CreateStream("T");
        _h.Store("t.a");

        Assert.False(_h.Publish("$JS.API.DIRECT.GET.T", """{"seq":1}""", "_R"));
        Assert.False(_h.Publish("$JS.API.DIRECT.GET.T.t.a", "", "_R"));
        Assert.False(_h.Publish("$JS.API.DIRECT.GET.NOPE", """{"seq":1}""", "_R"));
    }

    [Theory]
    [InlineData("5", false)]
    [InlineData("0", false)]
    [InlineData("", false)]
    [InlineData("6", true)]
    [InlineData("x", true)]
    public void An_API_level_above_the_server_is_refused(string level, bool refused)
    {
        string headers = $"NATS/1.0\r\nNats-Required-Api-Level: {level}\r\n\r\n";

        Assert.Equal(refused, IsRefused(_h.Ask("$JS.API.DIRECT.GET.S", """{"seq":1}""", headers)));
        Assert.Equal(refused, IsRefused(_h.Ask("$JS.API.DIRECT.GET.S.s.a", "", headers)));
        Assert.Equal(refused, _h.Ask("$JS.API.STREAM.INFO.S", "", headers).Payload.Contains("10185", StringComparison.Ordinal));
    }

    [Fact]
    public void A_batch_says_what_is_pending_and_what_came_before()
    {
        List<Received> batch = Batch("""{"seq":1,"batch":4}""");

        Assert.Equal(["v0", "v1", "v2", "v4", ""], batch.Select(m => m.Payload));
        Assert.Equal(["8", "7", "6", "5", "5"], batch.Select(m => m.Header("Nats-Num-Pending")));
        Assert.Equal(["0", "1", "2", "3", "5"], batch.Select(m => m.Header("Nats-Last-Sequence")));
        Assert.Equal("204 EOB", batch[^1].Status);
    }

    [Theory]
    [InlineData("""{"next_by_subj":"s.a","batch":10}""", "v0 v5 |0")]
    [InlineData("""{"next_by_subj":"s.>","batch":3,"seq":3}""", "v2 v4 v5 |4")]
    [InlineData("""{"seq":1,"batch":100}""", "v0 v1 v2 v4 v5 v6 v7 v8 v9 |0")]
    [InlineData("""{"seq":1,"batch":10,"max_bytes":1}""", "v0 |8")]
    [InlineData("""{"seq":1,"batch":10,"max_bytes":-1}""", "v0 |8")]
    [InlineData("""{"seq":1,"batch":-1}""", "|9")]
    [InlineData("""{"multi_last":["s.a"]}""", "v5 |0")]
    [InlineData("""{"multi_last":["s.>"]}""", "v5 v6 v7 v8 v9 |0")]
    [InlineData("""{"multi_last":["s.>"],"up_to_seq":6}""", "v1 v2 v4 v5 |0")]
    [InlineData("""{"multi_last":["s.>"],"batch":2}""", "v5 v6 |3")]
    [InlineData("""{"multi_last":["s.>"],"seq":8}""", "v7 v8 v9 |0")]
    [InlineData("""{"multi_last":["s.>"],"max_bytes":1}""", "v5 |4")]
    [InlineData("""{"multi_last":["s.>"],"up_to_time":"2040-01-01T00:00:00Z"}""", "v5 v6 v7 v8 v9 |0")]
    public void Many_messages_end_with_a_status(string body, string expected)
    {
        List<Received> batch = Batch(body);

        Assert.Equal("204 EOB", batch[^1].Status);
        string got = string.Concat(batch.SkipLast(1).Select(m => m.Payload + " ")) + "|" + batch[^1].Header("Nats-Num-Pending");
        Assert.Equal(expected, got);
    }

    [Fact]
    public void The_last_messages_of_too_many_subjects_are_refused()
    {
        for (int i = 0; i < 1020; i++)
            _h.Store("s.many." + i.ToString(CultureInfo.InvariantCulture));

        Assert.Equal("413 Too Many Results", Assert.Single(Batch("""{"multi_last":["s.>"]}""")).Status);
        Assert.Equal(1021, Batch("""{"multi_last":["s.many.*"]}""").Count);
        Assert.Equal("1030", Batch("""{"multi_last":["s.a"]}""")[^1].Header("Nats-UpTo-Sequence"));
    }

    [Fact]
    public void A_long_batch_is_sent_in_slices_and_complete()
    {
        for (int i = 0; i < 2000; i++)
            _h.Store("s.long", i.ToString(CultureInfo.InvariantCulture));

        List<Received> batch = Batch("""{"next_by_subj":"s.long","batch":2000}""");

        Assert.Equal(2001, batch.Count);
        Assert.Equal(Enumerable.Range(0, 2000).Select(i => i.ToString(CultureInfo.InvariantCulture)), batch.SkipLast(1).Select(m => m.Payload));
    }

    [Fact]
    public void A_get_whose_answer_asks_again_does_not_disturb_itself()
    {
        // The reply subject is a direct get of its own: a handler that runs inside the answer of another.
        Assert.True(_h.Publish("$JS.API.DIRECT.GET.S", """{"seq":1}""", "$JS.API.DIRECT.GET.S.s.b"));
        Assert.Equal("v0", _h.Ask("$JS.API.DIRECT.GET.S", """{"seq":1}""").Payload);
    }

    private static bool IsRefused(Received message) =>
        message.Headers == "NATS/1.0 412 Required Api Level\r\n\r\n";

    private static (string Headers, string Payload) Parts(Received message) => (message.Headers, message.Payload);

    private static string Line(Received message) => new StringBuilder(message.Payload).Append(':').Append(message.Status).ToString();

    private List<Received> Batch(string body)
    {
        using Inbox inbox = _h.Router.Subscribe("_I.batch");
        _h.Publish("$JS.API.DIRECT.GET.S", body, "_I.batch");
        return inbox.TakeAll();
    }
}
