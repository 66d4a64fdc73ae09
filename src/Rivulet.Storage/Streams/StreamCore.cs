using Rivulet.Storage.Indexing;

namespace Rivulet.Storage.Streams;

/// <summary>
/// What the parts of one stream share: the lock, the index in its committed and its newest generation, and the
/// counters that outlive a generation. Everything but the constants is touched under <see cref="Gate"/> only, which is
/// held for moments: never over I/O, a callback, or a walk of more than a slice.
/// </summary>
internal sealed class StreamCore
{
    /// <summary>An index of more messages than this is given back by another thread.</summary>
    private const int ReleaseInPlaceMessages = 16 * SequenceBlock.Length;

    public StreamCore(StreamIdentity identity, IStreamBackend backend)
    {
        Identity = identity;
        Backend = backend;
        Expiry = new ExpiryQueue(backend.Memory);
        Committed = Newest = NewIndex();
        backend.Attach(this);
    }

    /// <summary>
    /// Gives the memory of a stream back that nobody disposed of. Whoever is in the middle of a slice still holds the
    /// lock, even if nothing else of the stream can be reached any more; then it is tried again later.
    /// </summary>
    ~StreamCore()
    {
        if (!Gate.TryEnter())
        {
            GC.ReRegisterForFinalize(this);
            return;
        }
        try
        {
            ReleaseAll();
        }
        finally
        {
            Gate.Exit();
        }
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

    /// <summary>Messages with an expiry of their own.</summary>
    public ExpiryQueue Expiry { get; }

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

    /// <summary>Whether the store was closed: there is no index any more, and nothing is merged into it.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Whether the index may take another message.</summary>
    public bool HasRoom => Backend.Memory.HasRoom && Newest.HasRoom;

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

    /// <summary>
    /// Puts the successor of the committed generation in its place. Nobody refers to the old one from here on; when it is
    /// large, its memory is given back by another thread, since that takes the system some time.
    /// </summary>
    public void ReplaceCommitted()
    {
        StreamIndex old = Committed;
        Committed = old.Successor!;
        if (old.Messages <= ReleaseInPlaceMessages)
            old.Release();
        else
            ThreadPool.UnsafeQueueUserWorkItem(static index => index.Release(), old, preferLocal: false);
    }

    /// <summary>
    /// The store is closed: gives the memory of the index back. What is asked afterwards finds nothing.
    /// </summary>
    public void Close()
    {
        lock (Gate)
        {
            IsClosed = true;
            ReleaseAll();
        }
    }

    private void ReleaseAll()
    {
        for (StreamIndex? index = Committed; index is not null; index = index.Successor)
            index.Release();
        Expiry.Release();
    }

    private StreamIndex NewIndex() => new(Backend.Accounting, Backend.NewSpace(), Backend.HashSeed, Backend.Memory);
}
