using Rivulet.JetStream.Api.Errors;
using Rivulet.JetStream.Origins;
using Rivulet.Storage;

namespace Rivulet.JetStream.Streams;

/// <summary>
/// What the counters of a stream stand at, by the sequence of the message that says so. It holds at least what is not committed
/// yet, which nobody could read; what is not here is read back, by <see cref="Load"/>.
/// </summary>
/// <remarks>The stream's writer lock guards it, except where <see cref="Load"/> says otherwise.</remarks>
internal sealed class CounterTotals
{
    private const int CountMax = 1024;
    private const long BytesMax = 1024 * 1024;

    private readonly JetStreamStream _stream;
    private readonly Dictionary<ulong, CounterTotal> _totals = [];
    private readonly Queue<CounterTotal> _oldest = new();
    private long _bytes;

    public CounterTotals(JetStreamStream stream) => _stream = stream;

    /// <summary>Adds what a message asks for to the counter of its subject.</summary>
    /// <param name="subject">Subject of the counter.</param>
    /// <param name="headers">What the message asks for.</param>
    /// <param name="block">Its header block.</param>
    /// <param name="running">What the counter stands at in an unfinished batch; <c>null</c> for what the stream says.</param>
    /// <param name="next">What it stands at then.</param>
    /// <returns>
    /// Why not; <see cref="PublishReplyKind.Unread"/> with the sequence that has to be loaded before this is tried again.
    /// </returns>
    public PublishReply Add(
        ReadOnlySpan<byte> subject,
        in PublishHeaders headers,
        ReadOnlySpan<byte> block,
        CounterTotal? running,
        out CounterTotal? next)
    {
        next = null;
        if (headers.Increment.IsEmpty)
            return PublishReply.Refusal(JetStreamError.MessageIncrMissing);
        CounterTotal? last = running;
        if (last is null && Find(subject, out last) is { IsFinal: true } unread)
            return unread;
        if (last!.IsBroken)
            return PublishReply.Refusal(JetStreamError.MessageCounterBroken);
        next = last.Plus(headers.Increment, block);
        return default;
    }

    private PublishReply Find(ReadOnlySpan<byte> subject, out CounterTotal? last)
    {
        ulong sequence = _stream.Log.TailLastSequenceOf(subject);
        last = CounterTotal.Zero;
        return sequence == 0 || _totals.TryGetValue(sequence, out last) ? default : PublishReply.Unread(sequence);
    }

    /// <summary>Brings the contribution of another stream's counter to what that counter has come to.</summary>
    /// <param name="subject">Subject of the counter here.</param>
    /// <param name="source">Where the other one's message comes from.</param>
    /// <param name="body">What it says.</param>
    /// <param name="next">What the counter stands at then.</param>
    /// <returns>As <see cref="Add"/>.</returns>
    public PublishReply Contribute(
        ReadOnlySpan<byte> subject, in SourceHeader source, ReadOnlySpan<byte> body, out CounterTotal? next)
    {
        next = null;
        PublishReply reply = Find(subject, out CounterTotal? last);
        if (reply.IsFinal || last is null)
            return reply;
        next = last.IsBroken ? null : last.Contributed(source, body);
        return next is null ? PublishReply.Refusal(JetStreamError.MessageCounterBroken) : default;
    }

    /// <summary>Remembers a total whose message has been appended.</summary>
    public void Remember(CounterTotal total)
    {
        Keep(total);
        LogPosition committed = _stream.Store.Committed;
        while ((_oldest.Count > CountMax || _bytes > BytesMax) && _oldest.Peek().Position <= committed)
        {
            CounterTotal oldest = _oldest.Dequeue();
            _totals.Remove(oldest.Sequence);
            _bytes -= oldest.SizeBytes;
        }
    }

    /// <summary>
    /// Without the writer lock, which it takes for a moment: reads the total that a message holds. It is the last of its subject
    /// in the writer's view and not remembered, so it is committed, unless it has been removed meanwhile.
    /// </summary>
    /// <param name="sequence">Sequence of the message.</param>
    public void Load(ulong sequence)
    {
        using var message = new StoredMessage();
        CounterTotal total = _stream.Log.Read(sequence, message) == ReadStatus.Found
            ? CounterTotal.Of(message)
            : CounterTotal.Broken(sequence);
        lock (_stream.WriterLock)
            Keep(total);
    }

    /// <summary>A message that is no counter's was appended, by the server itself.</summary>
    public void RememberBroken(ulong sequence, LogPosition position)
    {
        CounterTotal broken = CounterTotal.Broken(sequence);
        broken.StoredAs(sequence, position);
        Remember(broken);
    }

    private void Keep(CounterTotal total)
    {
        if (!_totals.TryAdd(total.Sequence, total))
            return;
        _oldest.Enqueue(total);
        _bytes += total.SizeBytes;
    }
}
