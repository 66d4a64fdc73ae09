using System.Text;
using System.Text.Json;
using Rivulet.JetStream.Tests.Consumers.Support;
using Rivulet.JetStream.Tests.Support;
using Rivulet.TestKit.Simulation;

namespace Rivulet.JetStream.Tests.Api;

/// <summary>Errors that take a fault or an overload to come about.</summary>
public sealed class RareErrorTests
{
    [Fact]
    public void A_stream_with_damaged_messages_is_not_backed_up_if_that_is_asked()
    {
        var clock = new ManualTimeProvider();
        var disk = new SimulatedFileSystem();
        var h = new Harness(HeldStore.OnDisk(disk, clock), clock);
        h.CreateStream();
        h.Store("s.a", "the payload");
        string path = disk.Files.First(each => disk.StartsWithContent(each) && Contains(disk, each, "the payload"));
        disk.KillProcesses();
        int at = Encoding.Latin1.GetString(disk.ReadAll(path)).IndexOf("the payload", StringComparison.Ordinal);
        disk.FlipBit(path, at * 8L);

        h = new Harness(HeldStore.OnDisk(disk, clock), clock);

        using Inbox inbox = h.Router.Subscribe("_SNAPSHOT");
        Assert.Equal(
            (10064, "snapshot failed: snapshot check detected 1 bad messages"),
            h.ApiError("STREAM.SNAPSHOT.S", """{"deliver_subject":"_SNAPSHOT","jsck":true}"""));
    }

    [Fact]
    public void Whoever_outruns_the_disk_by_far_is_refused()
    {
        var clock = new ManualTimeProvider();
        HeldStore store = HeldStore.OnDisk(new SimulatedFileSystem(), clock, uncommittedBytesMax: 10_000);
        var h = new Harness(store, clock);
        h.CreateStream();
        using Inbox inbox = h.Router.Subscribe("_R");
        store.IsHeld = true;
        for (int i = 0; i < 20; i++)
            h.Publish("s.a", new string('x', 1_000), "_R");

        store.Commit();
        h.Run();
        List<Received> answers = inbox.TakeAll();

        Received refusal = answers.First(each => each.Headers.Length > 0);
        Assert.Equal("429 Too Many Requests", refusal.Status);
        Assert.Equal(10167, JsonDocument.Parse(refusal.Payload).RootElement.GetProperty("error").GetProperty("err_code").GetInt32());
        Assert.Equal(20, answers.Count);
    }

    [Theory]
    [InlineData("STREAM.UPDATE.S", """{"name":"S","subjects":["s.>"],"description":"x"}""")]
    [InlineData("STREAM.DELETE.S", "")]
    [InlineData("STREAM.CREATE.T", """{"name":"T"}""")]
    [InlineData("STREAM.PURGE.S", "")]
    [InlineData("STREAM.MSG.DELETE.S", """{"seq":1}""")]
    [InlineData("CONSUMER.CREATE.S.D", """{"stream_name":"S","config":{"durable_name":"D"}}""")]
    [InlineData("CONSUMER.CREATE.S.C", """{"stream_name":"S","config":{"durable_name":"C","ack_policy":"explicit","description":"x"}}""")]
    [InlineData("CONSUMER.PAUSE.S.C", """{"pause_until":"2050-01-01T00:00:00Z"}""")]
    [InlineData("CONSUMER.RESET.S.C", "")]
    [InlineData("CONSUMER.DELETE.S.C", "")]
    public void On_a_disk_that_failed_nothing_is_said_to_be_done(string operation, string body)
    {
        var clock = new ManualTimeProvider();
        var disk = new SimulatedFileSystem();
        var h = new Harness(HeldStore.OnDisk(disk, clock), clock);
        h.CreateStream();
        h.Store("s.a", "the payload");
        h.CreateConsumer("C", "\"durable_name\":\"C\",\"ack_policy\":\"explicit\"");
        disk.FailSyncAfter(0);

        JsonElement answer = h.Api(operation, body);
        Assert.Equal(["type", "error"], answer.EnumerateObject().Take(2).Select(field => field.Name));
        Assert.Equal(10051, answer.GetProperty("error").GetProperty("err_code").GetInt32());
        foreach (string promise in (string[])["success", "did_create", "config", "purged", "paused", "reset_seq"])
            Assert.False(answer.TryGetProperty(promise, out JsonElement value) && value.ToString() is not ("False" or "0"), answer.ToString());

        // Nor is it later, when what was asked for looks as if it were there.
        Assert.True(h.Api(operation, body).TryGetProperty("error", out _));
    }

    [Fact]
    public void A_consumer_that_failed_tells_why_until_it_is_deleted()
    {
        var h = new Harness();
        h.CreateStream();
        h.CreateConsumer("C", "\"ack_policy\":\"explicit\"");
        h.Consumer("C").Fail(new InvalidOperationException("broken"));

        Assert.Equal((10195, "consumer is offline: broken"), h.ApiError("CONSUMER.INFO.S.C"));
        h.ApiOk("CONSUMER.DELETE.S.C");
        Assert.Equal(10014, h.ApiError("CONSUMER.INFO.S.C").Code);
    }

    private static bool Contains(SimulatedFileSystem disk, string path, string text) =>
        Encoding.Latin1.GetString(disk.ReadAll(path)).Contains(text, StringComparison.Ordinal);
}
