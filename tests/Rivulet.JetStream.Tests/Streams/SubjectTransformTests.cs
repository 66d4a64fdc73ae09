using System.Text;
using System.Text.Json;
using Rivulet.JetStream.Streams;
using Rivulet.JetStream.Tests.Consumers.Support;

namespace Rivulet.JetStream.Tests.Streams;

/// <summary>Subject transforms by themselves, and of a stream.</summary>
public sealed class SubjectTransformTests
{
    private readonly Harness _h = new();

    [Theory]
    [InlineData(">", "r.>", "a.b", "r.a.b")]
    [InlineData("", "r.>", "a.b", "r.a.b")]
    [InlineData("a.*.>", "x.$1.>", "a.b.c.d", "x.b.c.d")]
    [InlineData("*.*", "{{wildcard(2)}}.{{ Wildcard(1) }}", "a.b", "b.a")]
    [InlineData("a", "b", "a", "b")]
    [InlineData("a.*.*", "$2", "a.b.c", "c")]
    [InlineData("a.*", "$0.$x", "a.b", "a.$x")]
    [InlineData("f.*.*", "{{partition(5,1,2)}}.{{partition(7)}}", "f.abc.de", "1.3")]
    [InlineData("f.*.*", "{{partition(5,1,2)}}.{{partition(7)}}", "f.a-b-c.defgh", "3.5")]
    [InlineData("f.*.*", "{{partition(5,1,2)}}.{{partition(7)}}", "f.abcdef.abcdefg", "3.0")]
    [InlineData("a.*", "{{partition(0,1)}}.{{random(0)}}.{{random(1)}}", "a.b", "0.0.0")]
    [InlineData("*", "{{split(1,-)}}", "a-b-c", "a.b.c")]
    [InlineData("*", "{{split(1,-)}}", "-a--b-", "a.b")]
    [InlineData("*", "{{split(1,-)}}", "abc", "abc")]
    [InlineData("*", "{{splitfromleft(1,2)}}.{{SplitFromRight(1,2)}}", "abcdef", "ab.cdef.abcd.ef")]
    [InlineData("*", "{{splitfromleft(1,2)}}.{{splitFromRight(1,2)}}", "ab", "ab.ab")]
    [InlineData("*", "{{slicefromleft(1,2)}}.{{slicefromright(1,3)}}", "abcdefg", "ab.cd.ef.g.a.bcd.efg")]
    [InlineData("*", "{{slicefromleft(1,2)}}.{{slicefromright(1,3)}}", "abcdef", "ab.cd.ef.abc.def")]
    [InlineData("*", "{{left(1,2)}}.{{right(1,2)}}.{{left(1,9)}}", "abcde", "ab.de.abcde")]
    public void A_transform_renames(string source, string destination, string subject, string renamed)
    {
        Assert.True(SubjectTransform.TryParse(source, destination, out SubjectTransform? transform));
        byte[] old = Encoding.UTF8.GetBytes(subject);
        Assert.True(transform.Matches(old));
        byte[] into = new byte[100];
        Assert.Equal(renamed, Encoding.UTF8.GetString(into, 0, transform.Apply(old, into, _h.Random)));
        Assert.Equal(0, transform.Apply(old, new byte[renamed.Length - 1], _h.Random));
    }

    [Theory]
    [InlineData(">", "r")]
    [InlineData("a", "r.>")]
    [InlineData("a.*", "r.$2")]
    [InlineData("a", "r.$1")]
    [InlineData("a.*", "r.*")]
    [InlineData("a..b", "r")]
    [InlineData("a", "r..b")]
    [InlineData("a", "")]
    public void A_transform_that_does_not_fit_is_refused(string source, string destination)
    {
        Assert.False(SubjectTransform.TryParse(source, destination, out _));
    }

    [Theory]
    [InlineData("", "", 0, "")]
    [InlineData("a", "", 0, "")]
    [InlineData("a", "{{partition(3)}}", 0, "")]
    [InlineData("a.*", "{{}}", 0, "")]
    [InlineData("a..b", "x", 10155, "stream transform source: invalid subject a..b")]
    [InlineData("a b", "x", 10155, "stream transform source: invalid subject a b")]
    [InlineData("a", "x..y", 10156, "stream transform: invalid mapping destination: invalid transform")]
    [InlineData("a.*", "x.>.y", 10156, "stream transform: invalid mapping destination: invalid transform in y")]
    [InlineData("a.*", "x y", 10156, "stream transform: invalid mapping destination: invalid transform")]
    [InlineData("a", "x.>", 10156, "stream transform: invalid subject")]
    [InlineData("", "y", 10156, "stream transform: invalid subject")]
    [InlineData("a.*", "x.*", 10156, "stream transform: invalid subject")]
    [InlineData("a.*", "x.$2", 10156, "stream transform: invalid mapping destination: wildcard index out of range in $2: [2]")]
    [InlineData("a", "x.$1", 10156, "stream transform: invalid mapping destination: wildcard index out of range in $1")]
    [InlineData("a.*", "{{foo(1)}}", 10156, "stream transform: invalid mapping destination: unknown function in {{foo(1)}}")]
    [InlineData("a.*", "{{SPLIT(1,-)}}", 10156, "stream transform: invalid mapping destination: unknown function in {{SPLIT(1,-)}}")]
    [InlineData(
        "a.*", "{{wildcard()}}", 10156,
        "stream transform: invalid mapping destination: not enough arguments passed to the function in {{wildcard()}}")]
    [InlineData(
        "a.*", "{{wildcard(1,2)}}", 10156,
        "stream transform: invalid mapping destination: too many arguments passed to the function in {{wildcard(1,2)}}")]
    [InlineData(
        "a.*", "{{random(2,3)}}", 10156,
        "stream transform: invalid mapping destination: not enough arguments passed to the function in {{random(2,3)}}")]
    [InlineData(
        "a.*", "{{partition(3,x)}}", 10156,
        "stream transform: invalid mapping destination: function argument is invalid or in the wrong format in {{partition(3,x)}}")]
    [InlineData(
        "a.*", "{{slicefromleft(1,y)}}", 10156,
        "stream transform: invalid mapping destination: function argument is invalid or in the wrong format in {{slicefromleft(1,y)}}")]
    public void The_transform_of_a_stream_is_checked(string source, string destination, int code, string text)
    {
        string body = $$$"""{"name":"S","subject_transform":{"src":"{{{source}}}","dest":"{{{destination}}}"}}""";
        if (code == 0)
            _h.ApiOk("STREAM.CREATE.S", body);
        else
            Assert.Equal((code, text), _h.ApiError("STREAM.CREATE.S", body));
    }

    [Fact]
    public void A_message_is_stored_under_its_new_subject()
    {
        Create("s.*.in", "o.$1");
        _h.CreateConsumer("c", """ "filter_subject":"o.>","ack_policy":"none" """);

        _h.Store("s.a.in", "1");
        _h.Store("s.b.out", "2");

        Assert.Equal("o.a", SubjectOf(1));
        Assert.Equal("s.b.out", SubjectOf(2));
        Assert.Equal("o.a", _h.Ask("$JS.API.DIRECT.GET.S.o.a").Header("Nats-Subject"));
        Assert.Equal("o.a", _h.Pull("c").Take().Subject);
    }

    [Fact]
    public void Expectations_and_limits_look_at_the_new_subject()
    {
        Create("s.*.*", "o.$1", ""","max_msgs_per_subject":1,"discard":"new","discard_new_per_subject":true""");
        _h.Store("s.a.x", "1", Headers("Nats-Msg-Id: i"));

        Assert.Contains("wrong last sequence: 1", Ask("s.a.y", "Nats-Expected-Last-Subject-Sequence: 0"), StringComparison.Ordinal);
        Assert.Contains("maximum messages per subject exceeded", Ask("s.a.y", "A: b"), StringComparison.Ordinal);
        Assert.Equal("""{"stream":"S","seq":1,"duplicate": true}""", Ask("s.z.z", "Nats-Msg-Id: i"));
        Assert.Equal(
            """{"stream":"S","seq":2}""",
            Ask("s.b.x", "Nats-Expected-Last-Subject-Sequence: 0\r\nNats-Expected-Last-Subject-Sequence-Subject: s.a.x"));
    }

    [Fact]
    public void A_rollup_removes_what_has_the_new_subject()
    {
        Create("s.*.*", "o.$1", ""","allow_rollup_hdrs":true""");
        _h.Store("s.a.x");
        _h.Store("s.a.y");
        _h.Store("s.b.y");
        _h.Store("s.a.z", "", Headers("Nats-Rollup: sub"));

        JsonElement state = _h.ApiOk("STREAM.INFO.S").GetProperty("state");
        Assert.Equal(2, state.GetProperty("messages").GetInt32());
        Assert.Equal(3, state.GetProperty("first_seq").GetInt32());
    }

    [Fact]
    public void A_name_that_would_be_no_subject_is_not_taken()
    {
        Create("s.*", "o.{{split(1,-)}}");

        _h.Store("s.a-b");
        _h.Store("s.-");

        Assert.Equal("o.a.b", SubjectOf(1));
        Assert.Equal("s.-", SubjectOf(2));
    }

    [Fact]
    public void An_update_changes_and_ends_the_renaming()
    {
        Create("s.>", "o.>");
        _h.Store("s.a");
        _h.ApiOk("STREAM.UPDATE.S", """{"name":"S","subjects":["s.>"],"subject_transform":{"src":"s.*","dest":"p.$1"}}""");
        _h.Store("s.a");
        _h.ApiOk("STREAM.UPDATE.S", """{"name":"S","subjects":["s.>"]}""");
        _h.Store("s.a");

        Assert.Equal("o.a p.a s.a", $"{SubjectOf(1)} {SubjectOf(2)} {SubjectOf(3)}");
        Assert.False(_h.ApiOk("STREAM.INFO.S").GetProperty("config").TryGetProperty("subject_transform", out _));
    }

    [Fact]
    public void Republishing_everything_of_a_stream_that_renames_everything_means_the_new_names()
    {
        const string body = """
            {"name":"S","subjects":["s.>"],"subject_transform":{"src":"s.>","dest":"m.>"},"republish":{"src":">","dest":">"}
            """;
        Assert.Equal(
            (10157, "pedantic mode: implicit republish based on subject transform"),
            _h.ApiError("STREAM.CREATE.S", body + ""","pedantic":true}"""));
        JsonElement republish = _h.ApiOk("STREAM.CREATE.S", body + "}").GetProperty("config").GetProperty("republish");
        Assert.Equal("m.>", republish.GetProperty("src").GetString());
        Assert.Equal("m.>", republish.GetProperty("dest").GetString());

        using Inbox inbox = _h.Router.Subscribe("m.>");
        _h.Store("s.a", "1");
        Assert.Equal("m.a", inbox.Take().Subject);
    }

    private static string Headers(string lines) => $"NATS/1.0\r\n{lines}\r\n\r\n";

    private void Create(string source, string destination, string more = "") =>
        _h.CreateStream(more: $$""","allow_direct":true,"subject_transform":{"src":"{{source}}","dest":"{{destination}}"}{{more}}""");

    private string Ask(string subject, string headers) => _h.Ask(subject, "", Headers(headers)).Payload;

    private string? SubjectOf(int sequence) =>
        _h.ApiOk("STREAM.MSG.GET.S", $$"""{"seq":{{sequence}}}""").GetProperty("message").GetProperty("subject").GetString();
}
