using Rivulet.JetStream.Tests.Consumers.Support;

namespace Rivulet.JetStream.Tests.Streams;

public sealed class RepublishTests
{
    private readonly Harness _h = new();

    [Fact]
    public void A_stored_message_is_published_again_with_where_it_is()
    {
        _h.CreateStream(more: ""","republish":{"src":"s.*","dest":"r.{{wildcard(1)}}.x"}""");
        using Inbox inbox = _h.Router.Subscribe("r.>");
        _h.Store("s.a", "1");
        _h.Store("s.b", "2", "NATS/1.0\r\nH: v\r\n\r\n");
        _h.Store("s.a", "3");
        _h.Store("s.a.b", "does not match");

        List<Received> got = inbox.TakeAll();
        Assert.Equal(["r.a.x", "r.b.x", "r.a.x"], got.Select(m => m.Subject));
        Assert.Equal(["1", "2", "3"], got.Select(m => m.Payload));
        Assert.StartsWith("NATS/1.0\r\nH: v\r\nNats-Stream: S\r\n", got[1].Headers, StringComparison.Ordinal);
        Assert.Equal("s.a", got[2].Header("Nats-Subject"));
        Assert.Equal("3", got[2].Header("Nats-Sequence"));
        Assert.Equal("1", got[2].Header("Nats-Last-Sequence"));
        Assert.Equal("0", got[1].Header("Nats-Last-Sequence"));
        Assert.Equal("2024-01-01T00:00:00Z", got[0].Header("Nats-Time-Stamp"));
    }

    [Fact]
    public void Headers_only_leaves_the_payload_out_and_tells_its_size()
    {
        _h.CreateStream(more: ""","republish":{"dest":"r.>","headers_only":true}""");
        using Inbox inbox = _h.Router.Subscribe("r.>");
        _h.Store("s.a", "12345");

        Received message = inbox.Take();
        Assert.Equal("r.s.a", message.Subject);
        Assert.Equal("", message.Payload);
        Assert.Equal("5", message.Header("Nats-Msg-Size"));
    }
}
