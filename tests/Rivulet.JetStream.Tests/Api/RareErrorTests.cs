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
