using Rivulet.Storage.Indexing;

namespace Rivulet.Storage.Streams;

/// <summary>
/// What the parts of one stream share: the lock, the index in its committed and its newest generation, and the
/// counters that outlive a generation. Everything but the constants is touched under <see cref="Gate"/> only, which is
/// held for moments: never over I/O, a callback, or a walk of more than a slice.
/// </summary>
internal sealed class StreamCore
{
    private readonly Random _random;

    public StreamCore(StreamIdentity identity, IStreamBackend backend, Random random)
    {
        Identity = identity;
        Backend = backend;
        _random = random;
        Committed = Newest = NewIndex();
        backend.Attach(this);
    }

    public StreamIdentity Identity { get; }

    public IStreamBackend Backend { get; }

    /// <summary>The stream's index lock.</summary>
    public Lock Gate { get; } = new();

    /// <summary>The generation that readers see.</summary>
    public StreamIndex Committed { get; set; }

    /// <summary>
    /// The generation that the writer adds to: the committed one, or a successor of it while the removal of everything
    /// is uncommitted.
    /// </summary>
    public StreamIndex Newest { get; set; }

    public UncommittedTail Tail { get; } = new();

    public LostSequences Lost { get; } = new();

    public ulong CommittedLast { get; set; }

    public long CommittedLastTimestampNanos { get; set; }

    public ulong TailLast { get; set; }

    public long TailLastTimestampNanos { get; set; }

    /// <summary>End of the last record of the stream: whoever decides by the writer's view waits for this.</summary>
    public LogPosition TailPosition { get; private set; }

    /// <summary>Whether the stream was deleted, as the writer sees it.</summary>
    public bool IsDeleted { get; set; }

    /// <summary>Whether that is committed: nobody waits for anything of the stream any more.</summary>
    public bool IsDeletionCommitted { get; set; }

    /// <summary>The writer begins a new generation: everything that is present is to go.</summary>
    public void BeginGeneration()
    {
        StreamIndex successor = NewIndex();
        Newest.Successor = successor;
        Newest = successor;
    }

    /// <summary>Leaves an operation that was appended for its commit.</summary>
    public void AddToTail(in PendingOperation operation)
    {
        Tail.Add(in operation);
        TailPosition = operation.Position;
    }

    private StreamIndex NewIndex()
    {
        ulong seed;
        lock (_random)
            seed = (ulong)_random.NextInt64();
        return new StreamIndex(Backend.Accounting, Backend.Space, seed);
    }
}
