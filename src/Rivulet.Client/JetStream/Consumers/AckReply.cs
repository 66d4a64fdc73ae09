using System.Buffers.Text;

namespace Rivulet.Client.JetStream;

/// <summary>
/// What the reply subject of a delivered message tells. Two forms exist, told apart by their number of tokens:
/// <code>
/// $JS.ACK.stream.consumer.deliveries.streamSeq.consumerSeq.timeNanos.pending                            9 tokens
/// $JS.ACK.domain.accountHash.stream.consumer.deliveries.streamSeq.consumerSeq.timeNanos.pending[.more]  11 or more
/// </code>
/// A domain of <c>_</c> means none. Borrows from the message.
/// </summary>
internal readonly ref struct AckReply
{
    private const int ShortTokens = 9;
    private const int LongTokensMin = 11;
    private const long NanosPerTick = 100;

    public ReadOnlySpan<byte> Domain { get; private init; }

    public ReadOnlySpan<byte> Stream { get; private init; }

    public ReadOnlySpan<byte> Consumer { get; private init; }

    public ulong Deliveries { get; private init; }

    public ulong StreamSequence { get; private init; }

    public ulong ConsumerSequence { get; private init; }

    public long TimestampNanos { get; private init; }

    public ulong Pending { get; private init; }

    public DateTimeOffset Timestamp => DateTimeOffset.UnixEpoch.AddTicks(TimestampNanos / NanosPerTick);

    public static bool TryParse(ReadOnlySpan<byte> replyTo, out AckReply reply)
    {
        reply = default;
        if (!replyTo.StartsWith("$JS.ACK."u8))
            return false;
        int tokens = replyTo.Count((byte)'.') + 1;
        if (tokens != ShortTokens && tokens < LongTokensMin)
            return false;
        ReadOnlySpan<byte> rest = replyTo["$JS.ACK."u8.Length..];
        ReadOnlySpan<byte> domain = default;
        if (tokens != ShortTokens)
        {
            domain = Take(ref rest);
            Take(ref rest);
        }

        ReadOnlySpan<byte> stream = Take(ref rest);
        ReadOnlySpan<byte> consumer = Take(ref rest);
        if (!TryTake(ref rest, out ulong deliveries) || !TryTake(ref rest, out ulong streamSequence)
            || !TryTake(ref rest, out ulong consumerSequence) || !TryTake(ref rest, out ulong timestamp)
            || !TryTake(ref rest, out ulong pending) || timestamp > long.MaxValue)
            return false;
        reply = new AckReply
        {
            Domain = domain.SequenceEqual("_"u8) ? default : domain,
            Stream = stream,
            Consumer = consumer,
            Deliveries = deliveries,
            StreamSequence = streamSequence,
            ConsumerSequence = consumerSequence,
            TimestampNanos = (long)timestamp,
            Pending = pending,
        };
        return true;
    }

    private static ReadOnlySpan<byte> Take(scoped ref ReadOnlySpan<byte> rest)
    {
        int end = rest.IndexOf((byte)'.');
        ReadOnlySpan<byte> token = end < 0 ? rest : rest[..end];
        rest = end < 0 ? default : rest[(end + 1)..];
        return token;
    }

    private static bool TryTake(scoped ref ReadOnlySpan<byte> rest, out ulong number)
    {
        ReadOnlySpan<byte> token = Take(ref rest);
        return Utf8Parser.TryParse(token, out number, out int consumed) && consumed == token.Length;
    }
}
