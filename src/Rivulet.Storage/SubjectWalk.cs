namespace Rivulet.Storage;

/// <summary>
/// A walk over the subjects of a stream in byte order. It fetches them in slices, so that a walk over millions of
/// subjects does not hold up the stream: what is committed or removed meanwhile may or may not be seen, a subject that
/// stays is seen exactly once. One thread at a time.
/// </summary>
public abstract class SubjectWalk : IDisposable
{
    /// <summary>The subject that the walk stands on. Valid until the next move.</summary>
    public abstract ReadOnlySpan<byte> Subject { get; }

    /// <summary>How many messages of the subject are kept.</summary>
    public abstract ulong Count { get; }

    /// <summary>Sequence of its oldest message.</summary>
    public abstract ulong First { get; }

    /// <summary>Sequence of its newest message.</summary>
    public abstract ulong Last { get; }

    /// <summary>Goes to the next subject.</summary>
    /// <returns>Whether there is one.</returns>
    public abstract bool MoveNext();

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives buffers back.</summary>
    /// <param name="disposing">Whether called by <see cref="Dispose()"/>.</param>
    protected abstract void Dispose(bool disposing);
}
