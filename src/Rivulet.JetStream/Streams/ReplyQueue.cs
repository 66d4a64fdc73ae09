using System.Diagnostics;
using Rivulet.Storage;

namespace Rivulet.JetStream.Streams;

/// <summary>
/// The answers to publishes that wait for the commit that covers what they saw, in the order of the publishes.
/// </summary>
/// <remarks>
/// Two buffers: publishers fill one under the stream's writer lock, the committer empties the other without a lock and
/// swaps them, under the writer lock, when it has none left. An answer's place never goes back, so the first that has to
/// wait on ends the emptying. Nothing is allocated once the buffers have their size.
/// </remarks>
internal sealed class ReplyQueue
{
    private ReplyBuffer _filling = new();
    private ReplyBuffer _draining = new();
    private bool _isDraining;

    /// <summary>Under the writer lock: whether nothing waits, and nobody is at it.</summary>
    public bool IsIdle => _filling.IsEmpty && !_isDraining;

    /// <summary>
    /// Under the writer lock: the last commit that the answers were told of. An answer that waits for this one or an earlier one waits
    /// for nothing, though the store may still be telling others; nobody would look for it here.
    /// </summary>
    public LogPosition ToldUpTo { get; private set; }

    /// <summary>Under the writer lock: adds an answer.</summary>
    /// <param name="position">The commit it waits for; not before that of the one before.</param>
    /// <param name="replySubject">Where it goes; copied.</param>
    /// <param name="reply">What it says.</param>
    public void Add(LogPosition position, ReadOnlySpan<byte> replySubject, in PublishReply reply) =>
        _filling.Add(position, replySubject, reply);

    /// <summary>
    /// By the committer's thread, without a lock: whether there is more to take, where the buffer that is being emptied says
    /// so. What it holds was added before anything else, so when its first answer has to wait, all have to.
    /// </summary>
    /// <param name="committed">What is committed.</param>
    /// <param name="more">Whether there is more to take with <see cref="TryTake"/>.</param>
    /// <returns>Whether that is known; otherwise <see cref="BeginOrEndDrain"/> knows.</returns>
    public bool TryGoOnDraining(LogPosition committed, out bool more)
    {
        bool isKnown = _draining.TryPeek(out LogPosition next);
        more = isKnown && next <= committed;
        return isKnown;
    }

    /// <summary>
    /// Under the writer lock, by the committer's thread: whether there is more to take with <see cref="TryTake"/>. Called
    /// before the first and whenever it returned false.
    /// </summary>
    /// <param name="committed">What is committed.</param>
    public bool BeginOrEndDrain(LogPosition committed)
    {
        if (_draining.IsEmpty)
            (_filling, _draining) = (_draining, _filling);
        bool more = _draining.TryPeek(out LogPosition next) && next <= committed;
        _isDraining = more || !_draining.IsEmpty;
        if (committed != LogPosition.Never)
            ToldUpTo = committed;
        return more;
    }

    /// <summary>By the committer's thread, without a lock: takes the next answer whose commit is done.</summary>
    /// <param name="committed">What is committed.</param>
    /// <param name="replySubject">Where it goes; valid until the next call on this queue.</param>
    /// <param name="reply">What it says.</param>
    public bool TryTake(LogPosition committed, out ReadOnlySpan<byte> replySubject, out PublishReply reply)
    {
        if (_draining.TryPeek(out LogPosition next) && next <= committed)
        {
            _draining.Take(out replySubject, out reply);
            return true;
        }

        replySubject = default;
        reply = default;
        return false;
    }

    /// <summary>Answers in arrival order, with their subjects one behind the other in a byte array.</summary>
    private sealed class ReplyBuffer
    {
        /// <summary>Above this many entries an emptied buffer that was little used is given up.</summary>
        private const int KeptEntries = 16 * 1024;

        private Entry[] _entries = new Entry[16];
        private byte[] _subjects = new byte[1024];
        private int _head;
        private int _count;
        private int _subjectBytes;

        public bool IsEmpty => _head == _count;

        public void Add(LogPosition position, ReadOnlySpan<byte> subject, in PublishReply reply)
        {
            Debug.Assert(IsEmpty || _entries[_count - 1].Position <= position, "places do not go back");
            if (_count == _entries.Length)
                Array.Resize(ref _entries, _entries.Length * 2);
            if (_subjectBytes + subject.Length > _subjects.Length)
                Array.Resize(ref _subjects, Math.Max(_subjects.Length * 2, _subjectBytes + subject.Length));
            subject.CopyTo(_subjects.AsSpan(_subjectBytes));
            _entries[_count++] = new Entry(position, reply, _subjectBytes, subject.Length);
            _subjectBytes += subject.Length;
        }

        public bool TryPeek(out LogPosition position)
        {
            position = IsEmpty ? default : _entries[_head].Position;
            return !IsEmpty;
        }

        public void Take(out ReadOnlySpan<byte> subject, out PublishReply reply)
        {
            ref Entry entry = ref _entries[_head++];
            subject = _subjects.AsSpan(entry.SubjectOffset, entry.SubjectLength);
            reply = entry.Reply;
            entry = default;
            if (IsEmpty)
                Reset();
        }

        private void Reset()
        {
            // The subject just taken is still being read: an array that is given up stays alive through that span.
            if (_entries.Length > KeptEntries && _count < _entries.Length / 4)
            {
                _entries = new Entry[_entries.Length / 4];
                _subjects = new byte[Math.Max(1024, _subjects.Length / 4)];
            }

            (_head, _count, _subjectBytes) = (0, 0, 0);
        }

        private readonly record struct Entry(LogPosition Position, PublishReply Reply, int SubjectOffset, int SubjectLength);
    }
}
