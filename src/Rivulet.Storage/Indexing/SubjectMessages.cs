namespace Rivulet.Storage.Indexing;

/// <summary>
/// What is committed of one subject. An uncommitted tail that touches the subject has a <see cref="SubjectOverlay"/>
/// beside it.
/// </summary>
/// <param name="First">Sequence of the oldest committed message; 0 when Count is 0.</param>
/// <param name="Last">Sequence of the newest committed message; 0 when Count is 0.</param>
/// <param name="Count">Committed messages. A subject with none is kept while it has an overlay, and is invisible to readers.</param>
internal readonly record struct SubjectMessages(ulong First, ulong Last, uint Count)
{
    /// <summary>The same with one message more, the newest.</summary>
    public SubjectMessages With(ulong sequence) => new(Count == 0 ? sequence : First, sequence, Count + 1);
}
