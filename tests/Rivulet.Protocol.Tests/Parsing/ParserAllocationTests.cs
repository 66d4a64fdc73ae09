using Rivulet.TestKit.Measuring;

namespace Rivulet.Protocol.Tests.Parsing;

public class ParserAllocationTests
{
    [Fact]
    public void Parsing_a_million_publishes_allocates_nothing()
    {
        const int PerBuffer = 1000;
        byte[] one = [.. "PUB $KV.bucket.key _INBOX.reply.1 16\r\n0123456789abcdef\r\n"u8];
        byte[] withHeaders = [.. "HPUB orders.new 12 28\r\nNATS/1.0\r\n\r\n0123456789abcdef\r\n"u8];
        byte[] buffer = [.. Enumerable.Repeat<byte[]>([.. one, .. withHeaders], PerBuffer / 2).SelectMany(b => b)];
        var handler = new CountingHandler();
        ParserLimits limits = ParserLimits.Default;
        ParseTimes(1, buffer, in limits, ref handler);
        handler = default;

        Assert.Equal(0, ThreadAllocation.InSteadyState(0, 1_000_000 / PerBuffer, _ => ParseTimes(1, buffer, in limits, ref handler)));
        Assert.Equal(1_000_000, handler.Publishes);
        Assert.Equal(16_000_000, handler.PayloadBytes);
    }

    private static void ParseTimes(int times, byte[] buffer, in ParserLimits limits, ref CountingHandler handler)
    {
        for (int i = 0; i < times; i++)
        {
            ParseStatus status = ClientOperationParser.Parse(buffer, in limits, ref handler, out int consumed, out _);
            if (status != ParseStatus.NeedMoreData || consumed != buffer.Length)
                throw new InvalidOperationException("The buffer was not read to its end.");
        }
    }

    private struct CountingHandler : IClientOperationHandler
    {
        public int Publishes;
        public long PayloadBytes;

        public bool OnPublish(in PublishOperation operation)
        {
            Publishes++;
            PayloadBytes += operation.Payload.Length;
            return true;
        }

        public readonly bool OnConnect(ReadOnlySpan<byte> json) => false;

        public readonly bool OnSubscribe(
            ReadOnlySpan<byte> subject, ReadOnlySpan<byte> queueGroup, ReadOnlySpan<byte> sid) => false;

        public readonly bool OnUnsubscribe(ReadOnlySpan<byte> sid, int maxMessages) => false;

        public readonly bool OnPing() => false;

        public readonly bool OnPong() => false;
    }
}
