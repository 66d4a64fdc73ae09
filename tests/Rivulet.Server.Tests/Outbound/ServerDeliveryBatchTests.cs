using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Outbound;

/// <summary>The flush of all that a run of publishes wrote to.</summary>
public class ServerDeliveryBatchTests
{
    private const int Receivers = 12;
    private const int Publishes = 1_000;

    [Fact]
    public async Task A_publish_to_many_connections_allocates_nothing()
    {
        await using var rig = await RouterRig.StartAsync();
        var clients = new List<RawClient>();
        for (int i = 0; i < Receivers; i++)
            clients.Add(await rig.ConnectAsync("SUB many 1\r\n"));

        // Little enough for the sockets to take it all.
        byte[] subject = RouterRig.Bytes("many");
        Publish(rig, subject, Publishes / 10);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Publish(rig, subject, Publishes);
        long bytes = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.InRange(bytes, 0, Publishes);
        foreach (var client in clients)
        {
            await client.ReadAsync("MSG many 1 0\r\n\r\n".Length * (Publishes + (Publishes / 10)));
            await client.DisposeAsync();
        }
    }

    private static void Publish(RouterRig rig, byte[] subject, int count)
    {
        for (int i = 0; i < count; i++)
        {
            rig.Router.Publish(subject, default, default, default, rig.Batch);
            rig.Batch.Flush();
        }
    }
}
