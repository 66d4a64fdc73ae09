using System.IO.Pipelines;
using System.Text;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Core;

/// <summary>Delivering makes no garbage.</summary>
[Collection(nameof(AllocationTests))]
[CollectionDefinition(nameof(AllocationTests), DisableParallelization = true)]
public class AllocationTests
{
    private const int MessagesPerWrite = 500;

    [Theory]
    [InlineData("PUB foo.bar 16\r\n0123456789abcdef\r\n", "MSG foo.bar 1 16\r\n0123456789abcdef\r\n")]
    [InlineData("HPUB foo.bar a.b 12 16\r\nNATS/1.0\r\n\r\n0123\r\n", "HMSG foo.bar 1 a.b 12 16\r\nNATS/1.0\r\n\r\n0123\r\n")]
    public async Task A_million_messages_delivered_allocate_next_to_nothing(string publish, string delivered)
    {
        await using var server = await EmbeddedServer.StartAsync(options => options with { Listen = false });
        var pipe = server.Server.ConnectInProcess();
        await pipe.Output.WriteAsync(
            "CONNECT {\"verbose\":false,\"pedantic\":false,\"headers\":true}\r\nSUB foo.* 1\r\nPING\r\n"u8.ToArray(),
            TestContext.Current.CancellationToken);
        await ReadAsync(pipe.Input, 1);
        byte[] messages = Encoding.Latin1.GetBytes(string.Concat(Enumerable.Repeat(publish, MessagesPerWrite)));
        await RoundsAsync(pipe, messages, delivered.Length, 200);
        long before = GC.GetTotalAllocatedBytes(precise: true);
        await RoundsAsync(pipe, messages, delivered.Length, 2000);
        double perMessage = (GC.GetTotalAllocatedBytes(precise: true) - before) / (2000.0 * MessagesPerWrite);
        Assert.InRange(perMessage, 0, 2);
    }

    private static async Task RoundsAsync(IDuplexPipe pipe, byte[] messages, int deliveredBytes, int rounds)
    {
        for (int i = 0; i < rounds; i++)
        {
            await pipe.Output.WriteAsync(messages, TestContext.Current.CancellationToken);
            await ReadAsync(pipe.Input, (long)deliveredBytes * MessagesPerWrite);
        }
    }

    private static async Task ReadAsync(PipeReader input, long bytes)
    {
        while (bytes > 0)
        {
            var read = await input.ReadAsync(TestContext.Current.CancellationToken);
            Assert.False(read.IsCompleted);
            bytes -= read.Buffer.Length;
            input.AdvanceTo(read.Buffer.End);
        }
    }
}
