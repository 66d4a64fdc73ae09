using Rivulet.JetStream.Hosting;
using Rivulet.Storage;

namespace Rivulet.JetStream.Consumers.Acks;

/// <summary>
/// The answers to acks of one consumer that wait for their commit, in the order in which they came. Those that one commit
/// settles go out with one flush, on the thread that hands the commit over.
/// </summary>
/// <remarks>Thread-safe. The lock is a leaf; nothing is published or waited for under it.</remarks>
internal sealed class AckReplies(Consumer consumer) : ICommitWaiter
{
    private const int SpareMax = 1024;
    private const int SubjectBytesUsual = 64;

    private readonly Lock _gate = new();
    private readonly Queue<Waiting> _waiting = [];
    private readonly Stack<byte[]> _spare = [];

    // Used by whoever hands over a commit: there is one registration at a time, so one thread.
    private DeliveryBatch? _batch;
    private bool _isRegistered;

    private MessageStore Store => consumer.Stream.Store;

    /// <summary>Answers once everything up to a position is committed; never, if the store fails before.</summary>
    /// <param name="subject">Where the answer goes; copied.</param>
    /// <param name="commit">The position of the ack.</param>
    public void Add(ReadOnlySpan<byte> subject, LogPosition commit)
    {
        lock (_gate)
        {
            byte[] copy = _spare.TryPop(out byte[]? spare) && spare.Length >= subject.Length
                ? spare
                : new byte[Math.Max(SubjectBytesUsual, subject.Length)];
            subject.CopyTo(copy);
            _waiting.Enqueue(new Waiting(commit, copy, subject.Length));
            if (_isRegistered)
                return;
            _isRegistered = true;
        }

        Store.WhenCommitted(commit, this);
    }

    void ICommitWaiter.OnCommitted(LogPosition position)
    {
        LogPosition next;
        do
        {
            Answer();
        }
        while (IsNextCommitted(out next));
        if (next != default)
            Store.WhenCommitted(next, this);
    }

    /// <summary>Whether the acks survive is unknown: they are not answered, and the clients ask again.</summary>
    void ICommitWaiter.OnFailed(Exception cause)
    {
        lock (_gate)
        {
            _waiting.Clear();
            _isRegistered = false;
        }
    }

    private void Answer()
    {
        _batch ??= consumer.Router.CreateBatch();
        LogPosition committed = Store.Committed;
        while (TryTake(committed, out Waiting answer))
        {
            consumer.Router.Publish(answer.Subject.AsSpan(0, answer.Length), default, default, default, _batch);
            GiveBack(answer.Subject);
        }

        _batch.Flush();
    }

    private bool TryTake(LogPosition committed, out Waiting answer)
    {
        lock (_gate)
            return _waiting.TryPeek(out answer) && answer.Commit <= committed && _waiting.TryDequeue(out answer);
    }

    private void GiveBack(byte[] subject)
    {
        lock (_gate)
        {
            if (_spare.Count < SpareMax && subject.Length == SubjectBytesUsual)
                _spare.Push(subject);
        }
    }

    /// <summary>Whether the first that waits is due by now; if not, whoever looked is registered for it.</summary>
    private bool IsNextCommitted(out LogPosition next)
    {
        lock (_gate)
        {
            if (!_waiting.TryPeek(out Waiting first))
            {
                _isRegistered = false;
                next = default;
                return false;
            }

            next = first.Commit;
            return next <= Store.Committed;
        }
    }

    private readonly record struct Waiting(LogPosition Commit, byte[] Subject, int Length);
}
