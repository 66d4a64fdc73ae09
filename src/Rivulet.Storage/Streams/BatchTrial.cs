using System.Runtime.InteropServices;
using Rivulet.Storage.Indexing;

namespace Rivulet.Storage.Streams;

/// <summary>
/// Tries a batch on a stream that discards new messages, without changing anything: counts what each message in turn
/// would find and leave behind. What it notes is as much as the batch has subjects, and garbage afterwards. Under the
/// stream's index lock.
/// </summary>
internal sealed class BatchTrial
{
    private readonly StreamIndex _index;
    private readonly SizeAccounting _accounting;
    private readonly StreamLimits _limits;
    private readonly Dictionary<ReadOnlyMemory<byte>, SubjectTrial> _subjects = new(SubjectBytesComparer.Instance);
    private ulong _messages;
    private ulong _bytes;

    // A message that removes everything came: nothing of the index counts any more.
    private bool _isCleared;

    private BatchTrial(StreamCore core, StreamLimits limits)
    {
        _index = core.Newest;
        _accounting = core.Backend.Accounting;
        _limits = limits;
        _messages = _index.TailMessages;
        _bytes = _index.TailBytes;
    }

    /// <param name="core">The stream.</param>
    /// <param name="limits">Its limits.</param>
    /// <param name="messages">The batch.</param>
    /// <param name="refused">The first message that would be refused, or -1.</param>
    /// <returns>Why it would be, or Stored.</returns>
    public static AppendStatus Run(
        StreamCore core, StreamLimits limits, ReadOnlySpan<BatchMessage> messages, out int refused)
    {
        var trial = new BatchTrial(core, limits);
        for (refused = 0; refused < messages.Length; refused++)
        {
            AppendStatus status = trial.Add(in messages[refused]);
            if (status != AppendStatus.Stored)
                return status;
        }
        refused = -1;
        return AppendStatus.Stored;
    }

    private AppendStatus Add(in BatchMessage message)
    {
        SubjectTrial subject = Find(message.Subject);
        int contentBytes = message.Subject.Length + message.Headers.Length + message.Payload.Length;
        int sizeBytes = _accounting.SizeOf(contentBytes, !message.Headers.IsEmpty);
        int replacedBytes = IsFull(subject, 0) ? subject.OldestBytes(_index, _accounting) : 0;
        AppendStatus status = DiscardNewRule.Judge(_limits, _messages, _bytes, sizeBytes, replacedBytes, message.Rollup);
        if (status != AppendStatus.Stored)
            return status;
        if (message.Rollup == RollupScope.All)
            subject = Clear(message.Subject);
        while (message.Rollup == RollupScope.Subject && subject.Count > 0)
            RemoveOldest(subject);
        subject.Sizes.Enqueue(sizeBytes);
        _messages++;
        _bytes += (ulong)sizeBytes;
        while (IsFull(subject, 1))
            RemoveOldest(subject);
        return AppendStatus.Stored;
    }

    private bool IsFull(SubjectTrial subject, long allowance) =>
        _limits.MaxMessagesPerSubject > 0 && subject.Count >= _limits.MaxMessagesPerSubject + allowance;

    private SubjectTrial Find(ReadOnlyMemory<byte> key)
    {
        ref SubjectTrial? trial = ref CollectionsMarshal.GetValueRefOrAddDefault(_subjects, key, out _);
        if (trial is not null)
            return trial;
        trial = new SubjectTrial();
        if (!_isCleared && _index.Subjects.Find(key.Span) is var number && number != 0)
        {
            trial.StoredCount = _index.TailCountOf(number);
            trial.StoredOldest = _index.TailFirstOf(number);
        }
        return trial;
    }

    private SubjectTrial Clear(ReadOnlyMemory<byte> key)
    {
        _isCleared = true;
        _messages = _bytes = 0;
        _subjects.Clear();
        return Find(key);
    }

    private void RemoveOldest(SubjectTrial subject)
    {
        _messages--;
        _bytes -= (ulong)subject.OldestBytes(_index, _accounting);
        subject.RemoveOldest(_index);
    }

    /// <summary>A subject: what is left of its stored messages, and behind them those of the batch.</summary>
    private sealed class SubjectTrial
    {
        public uint StoredCount { get; set; }

        public ulong StoredOldest { get; set; }

        public Queue<int> Sizes { get; } = new(1);

        public long Count => StoredCount + (long)Sizes.Count;

        public int OldestBytes(StreamIndex index, SizeAccounting accounting) =>
            StoredCount > 0 ? accounting.SizeOf(in index.Sequences[StoredOldest]) : Sizes.Peek();

        public void RemoveOldest(StreamIndex index)
        {
            if (StoredCount == 0)
            {
                Sizes.Dequeue();
                return;
            }
            if (--StoredCount == 0)
                return;
            do
                StoredOldest = index.Sequences[StoredOldest].Next;
            while (index.Sequences[StoredOldest].IsTailRemoved);
        }
    }

    private sealed class SubjectBytesComparer : IEqualityComparer<ReadOnlyMemory<byte>>
    {
        public static readonly SubjectBytesComparer Instance = new();

        public bool Equals(ReadOnlyMemory<byte> x, ReadOnlyMemory<byte> y) => x.Span.SequenceEqual(y.Span);

        // Seeded for the process, so that clients cannot choose subjects that collide.
        public int GetHashCode(ReadOnlyMemory<byte> key)
        {
            var hash = default(HashCode);
            hash.AddBytes(key.Span);
            return hash.ToHashCode();
        }
    }
}
