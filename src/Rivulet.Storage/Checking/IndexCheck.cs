using Rivulet.Storage.Indexing;
using Rivulet.Storage.Log;
using Rivulet.Storage.Records;
using Rivulet.Storage.Streams;

namespace Rivulet.Storage.Checking;

/// <summary>
/// Holds what recovery made of the log against the log and against itself: every message that an index refers to is
/// readable at its place and is the one that the index says; the chains of the subjects hold every message once; sums
/// are sums. Before anything is served, so by one thread and without locks.
/// </summary>
internal sealed class IndexCheck(FileStoreContext context, WorkMeter meter, FindingList findings)
{
    private readonly FileStoreContext _context = context;
    private readonly WorkMeter _meter = meter;
    private readonly FindingList _findings = findings;
    private readonly Dictionary<int, long> _messageBytes = [];

    /// <summary>What the messages take that indexes refer to in a segment, in bytes.</summary>
    public long MessageBytesIn(LogSegment segment) => _messageBytes.GetValueOrDefault(segment.Slot);

    /// <summary>Checks one stream.</summary>
    /// <param name="backend">The stream.</param>
    /// <param name="isKnown">Whether it is known of a sequence already that something is wrong with it.</param>
    public void Run(FileStreamBackend backend, Predicate<ulong> isKnown)
    {
        StreamIndex index = backend.Core.Committed;
        using var message = new StoredMessage();
        ulong messages = 0;
        ulong bytes = 0;
        for (ulong sequence = index.Sequences.Next(1); sequence != 0; sequence = index.Sequences.Next(sequence + 1))
        {
            SequenceEntry entry = index.Sequences[sequence];
            messages++;
            bytes += (ulong)index.Accounting.SizeOf(in entry);
            int recordBytes = RecordLayout.Align(entry.RecordBytes);
            _messageBytes[entry.Segment] = _messageBytes.GetValueOrDefault(entry.Segment) + recordBytes;
            if (ComplaintOf(backend, sequence, in entry, message) is { } complaint && !isKnown(sequence))
                Add(backend, sequence, in entry, complaint);
            _meter.AddMessage();
        }
        if (messages != index.Messages || bytes != index.Bytes)
            Add(backend, "the index counts messages or bytes that it does not have");
        CheckSubjects(backend, index);
    }

    /// <summary>Holds what a segment counts as live against what the indexes refer to in it.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="stateBytes">What else in it is part of what streams are.</param>
    public void CheckLiveBytes(LogSegment segment, long stateBytes)
    {
        if (segment.LiveBytes != MessageBytesIn(segment) + stateBytes)
            _findings.Add(FindingKind.Disagreement, segment.FileName, "its live bytes are not what the indexes refer to in it");
    }

    private static string? ComplaintOf(FileStreamBackend backend, ulong sequence, in SequenceEntry entry, StoredMessage message)
    {
        StreamIndex index = backend.Core.Committed;
        if (!backend.TryRead(sequence, in entry, message, out ReadStatus status) || status != ReadStatus.Found)
            return "the index refers to a message that cannot be read at its place";
        if (!message.Subject.SequenceEqual(index.Subjects.KeyOf(entry.Subject)))
            return "the index has a message under another subject";
        if (message.TimestampNanos != entry.TimestampNanos || message.Headers.IsEmpty == entry.HasHeaders)
            return "the index has another time for a message, or knows nothing of its headers";
        return backend.Footprint.Holding(sequence)?.Slot != entry.Segment
            ? "it is not known that records of the stream lie where a message does"
            : null;
    }

    private void CheckSubjects(FileStreamBackend backend, StreamIndex index)
    {
        var chains = new ChainVisitor();
        using var walk = new SubjectSliceWalk([], matchesAll: true);
        walk.MoveToEnd(backend.Core, newest: false, ref chains);
        if (!chains.AreWhole || chains.Messages != index.Messages || chains.Subjects != index.VisibleSubjects)
            Add(backend, "the index does not find every message by its subject");
    }

    private void Add(FileStreamBackend backend, ulong sequence, in SequenceEntry entry, string text)
    {
        if (_context.Segments.Find(entry.Segment) is { } segment)
            _findings.Add(FindingKind.Disagreement, segment, entry.OffsetBytes, 0, text, backend.StreamId, sequence);
        else
            Add(backend, text);
    }

    private void Add(FileStreamBackend backend, string text) =>
        _findings.Add(new StoreFinding { Kind = FindingKind.Disagreement, Text = text, StreamId = backend.StreamId });

    /// <summary>Follows the chain of each subject from its first message to its last.</summary>
    private struct ChainVisitor() : ISubjectVisitor
    {
        public bool AreWhole { get; private set; } = true;

        public ulong Messages { get; private set; }

        public ulong Subjects { get; private set; }

        public bool Visit(StreamIndex index, int subject)
        {
            SubjectMessages expected = index.Subjects[subject];
            ulong count = 0;
            ulong before = 0;
            for (ulong each = expected.First; each != 0; before = each, each = index.Sequences.NextInSubject(each))
            {
                bool follows = each > before && index.Sequences.Has(each) && index.Sequences[each].Subject == subject &&
                    index.Sequences.PreviousInSubject(each) == before;
                if (!follows)
                {
                    AreWhole = false;
                    return false;
                }
                count++;
            }
            AreWhole &= count == expected.Count && before == expected.Last;
            Messages += count;
            Subjects += count > 0 ? 1UL : 0;
            return true;
        }
    }
}
