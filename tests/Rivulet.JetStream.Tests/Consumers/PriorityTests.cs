using System.Text.Json;
using Rivulet.JetStream.Tests.Consumers.Support;

namespace Rivulet.JetStream.Tests.Consumers;

/// <summary>Pull consumers that choose between requests by more than their order.</summary>
public sealed class PriorityTests
{
    private readonly Harness _h = new();

    public PriorityTests()
    {
        _h.CreateStream();
    }

    [Fact]
    public void A_group_must_be_named_and_known()
    {
        _h.CreateConsumer("C", "\"priority_policy\":\"overflow\",\"priority_groups\":[\"g\"]");
        Assert.Equal("400 Bad Request - Priority Group missing", _h.Pull("C", "{\"batch\":1}").Take().Status);
        Assert.Equal(
            "400 Bad Request - Invalid Priority Group", _h.Pull("C", "{\"batch\":1,\"group\":\"x\"}").Take().Status);
    }

    [Fact]
    public void An_overflow_request_is_served_above_its_limits_only()
    {
        _h.CreateConsumer("C", "\"priority_policy\":\"overflow\",\"priority_groups\":[\"g\"],\"ack_policy\":\"explicit\"");
        Inbox byPending = _h.Pull("C", "{\"batch\":1,\"group\":\"g\",\"min_pending\":3}");
        _h.Store("s.a", "1");
        _h.Store("s.a", "2");
        Assert.Equal(0, byPending.Count);
        _h.Store("s.a", "3");
        Assert.Equal("1", byPending.Take().Payload);

        Inbox byAcks = _h.Pull("C", "{\"batch\":1,\"group\":\"g\",\"min_ack_pending\":2}");
        Assert.Equal(0, byAcks.Count);
        Inbox any = _h.Pull("C", "{\"batch\":1,\"group\":\"g\"}");
        Assert.Equal("2", any.Take().Payload);
        Assert.Equal("3", byAcks.Take().Payload);
    }

    [Fact]
    public void Requests_are_served_by_their_priority_and_then_in_turns()
    {
        _h.CreateConsumer("C", "\"priority_policy\":\"prioritized\",\"priority_groups\":[\"g\"]");
        Inbox late = _h.Pull("C", "{\"batch\":2,\"group\":\"g\",\"priority\":5}");
        Inbox first = _h.Pull("C", "{\"batch\":2,\"group\":\"g\",\"priority\":0}");
        Inbox second = _h.Pull("C", "{\"batch\":2,\"group\":\"g\",\"priority\":0}");
        for (int i = 1; i <= 5; i++)
            _h.Store("s.a", $"{i}");
        Assert.Equal(["1", "3"], first.TakeAll().Select(m => m.Payload));
        Assert.Equal(["2", "4"], second.TakeAll().Select(m => m.Payload));
        Assert.Equal(["5"], late.TakeAll().Select(m => m.Payload));
    }

    [Fact]
    public void One_client_is_pinned_until_its_time_is_over()
    {
        using Inbox events = _h.Router.Subscribe("$JS.EVENT.ADVISORY.CONSUMER.*.S.C");
        _h.CreateConsumer(
            "C",
            "\"priority_policy\":\"pinned_client\",\"priority_groups\":[\"g\"],\"priority_timeout\":2000000000,\"durable_name\":\"C\"");
        events.TakeAll();
        Inbox pinned = _h.Pull("C", "{\"batch\":1,\"group\":\"g\"}");
        Inbox other = _h.Pull("C", "{\"batch\":1,\"group\":\"g\"}");
        _h.Store("s.a", "1");
        _h.Store("s.a", "2");
        Received message = pinned.Take();
        string pin = message.Header("Nats-Pin-Id")!;
        Assert.Equal("1", message.Payload);
        Assert.Equal(0, other.Count);
        Assert.Equal(pin, _h.Info("C").GetProperty("priority_groups")[0].GetProperty("pinned_client_id").GetString());
        Assert.Equal("423 Nats-Pin-Id mismatch", _h.Pull("C", "{\"batch\":1,\"group\":\"g\",\"id\":\"x\"}").Take().Status);

        _h.Advance(TimeSpan.FromSeconds(1.5));
        Inbox again = _h.Pull("C", $"{{\"batch\":1,\"group\":\"g\",\"id\":\"{pin}\"}}");
        Assert.Equal("2", again.Take().Payload);
        _h.Store("s.a", "3");
        _h.Advance(TimeSpan.FromSeconds(1.5));
        Assert.Equal(0, other.Count);
        _h.Advance(TimeSpan.FromSeconds(0.6));
        Received taken = other.Take();
        Assert.Equal("3", taken.Payload);
        Assert.NotEqual(pin, taken.Header("Nats-Pin-Id"));
        List<string?> happened =
            [.. events.TakeAll().Select(m => JsonDocument.Parse(m.Payload).RootElement.GetProperty("type").GetString())];
        Assert.Equal(
            ["consumer_group_pinned", "consumer_group_unpinned", "consumer_group_pinned"],
            happened.Select(type => type!.Split('.')[^1]));
    }

    [Fact]
    public void A_message_that_comes_makes_enough_of_them_for_one_that_comes_again()
    {
        _h.CreateConsumer(
            "C",
            "\"priority_policy\":\"overflow\",\"priority_groups\":[\"g\"],\"ack_policy\":\"explicit\",\"max_ack_pending\":1,\"ack_wait\":1000000000");
        _h.Store("s.a", "1");
        Assert.Equal("1", _h.Pull("C", "{\"batch\":1,\"group\":\"g\"}").Take().Payload);
        _h.Advance(TimeSpan.FromSeconds(2));
        Inbox picky = _h.Pull("C", "{\"batch\":1,\"group\":\"g\",\"min_pending\":2}");
        Assert.Equal(0, picky.Count);
        _h.Store("s.a", "2");
        Assert.Equal("1", picky.Take().Payload);
    }

    [Fact]
    public void Whoever_asks_without_a_group_is_pinned_by_nothing()
    {
        _h.CreateConsumer("C", "\"priority_policy\":\"pinned_client\",\"priority_groups\":[\"g\"],\"durable_name\":\"C\"");
        Inbox number = _h.Pull("C", "1");
        _h.Store("s.a", "1");
        Received message = number.Take();
        Assert.Equal("1", message.Payload);
        Assert.Equal("", message.Header("Nats-Pin-Id"));
    }

    [Fact]
    public void An_administrator_can_take_a_pin_away()
    {
        _h.CreateConsumer("C", "\"priority_policy\":\"pinned_client\",\"priority_groups\":[\"g\"],\"durable_name\":\"C\"");
        _h.Pull("C", "{\"batch\":1,\"group\":\"g\"}");
        Inbox other = _h.Pull("C", "{\"batch\":1,\"group\":\"g\"}");
        _h.Store("s.a", "1");
        _h.Store("s.a", "2");
        Assert.Equal(0, other.Count);
        _h.ApiOk("CONSUMER.UNPIN.S.C", "{\"group\":\"g\"}");
        Assert.Equal("2", other.Take().Payload);
        Assert.Equal(10160, _h.ApiError("CONSUMER.UNPIN.S.C", "{\"group\":\"x\"}").Code);
        Assert.Equal(10162, _h.ApiError("CONSUMER.UNPIN.S.C", "{\"group\":\"a b\"}").Code);
        Assert.Equal(10025, _h.ApiError("CONSUMER.UNPIN.S.C").Code);
    }
}
