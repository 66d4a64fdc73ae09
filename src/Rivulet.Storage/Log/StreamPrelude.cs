using Rivulet.Storage.Records;

namespace Rivulet.Storage.Log;

/// <summary>
/// What a stream says in front of its first record in a segment, so that the segment makes sense when the ones before
/// it are lost: what the stream is, unless that stands in two other segments, and up to where its sequences were given
/// out, unless the record says so itself. Under the stream's index lock and the tail lock.
/// </summary>
internal sealed class StreamPrelude(FileStreamBackend backend)
{
    private readonly FileStreamBackend _backend = backend;

    // The segment in which it was said last; null since the start.
    private LogSegment? _begunIn;

    /// <summary>What is to stand in front of a record.</summary>
    /// <param name="next">The record.</param>
    /// <param name="segment">Where it goes; null: into a segment that is not there yet.</param>
    /// <returns>A record, or null.</returns>
    public NewRecord? Before(in RecordHeader next, LogSegment? segment)
    {
        if ((segment is not null && segment == _begunIn) || next.Kind.IsDescription || _backend.Core.IsDeleted)
            return null;
        bool saysWhere = next.Kind is RecordKind.Message or RecordKind.SkipTo;
        ulong last = saysWhere ? 0 : _backend.Core.TailLast;
        if (!_backend.Footprint.IsDescribedFor(_backend.Stream.Description, segment))
            return new NewRecord(RecordKind.StreamConfigured, _backend.StreamId, last, _backend.Stream.DescriptionBody());
        if (last == 0)
            return null;
        byte[] body = SkipToBody.Create(_backend.Core.TailLastTimestampNanos, last);
        return new NewRecord(RecordKind.SkipTo, _backend.StreamId, last + 1, body);
    }

    /// <summary>The record comes next in a segment, behind what was to stand in front of it.</summary>
    public void Begin(in RecordHeader next, LogSegment segment, bool isDescribed)
    {
        _begunIn = segment;
        if (!isDescribed)
            return;
        _backend.Footprint.Touch(segment, next.Kind == RecordKind.Message ? next.Sequence : _backend.Core.TailLast + 1);
        _backend.Footprint.NoteDescription(_backend.Stream.Description);
    }
}
