using Rivulet.JetStream.Api.Handlers;
using Rivulet.JetStream.Streams;
using Rivulet.Protocol;
using Rivulet.Storage;

namespace Rivulet.JetStream.DirectGet;

/// <summary>Sends a number of messages from a sequence or a time on, perhaps only those that match a filter.</summary>
internal sealed class DirectGetBatch : DirectGetRun
{
    private readonly MessageGetRequest _request;
    private readonly FilterSet? _filter;
    private ulong _next;
    private ulong _pending;
    private ulong _countedTo;
    private long _left;

    public DirectGetBatch(JetStreamStream stream, MessageGetRequest request, ReadOnlySpan<byte> replySubject)
        : base(stream, request.MaxBytes, request.NoHeaders, replySubject)
    {
        _request = request;
        _filter = request.NextFor.Length > 0 ? FilterSet.FromValid(request.NextFor) : FilterSet.All;
    }

    /// <inheritdoc/>
    protected override bool Begin()
    {
        _next = _request.StartTimeNanos is { } time ? Stream.Log.FindByTime(time) : _request.Sequence;
        _left = _request.Batch;
        if (_filter is not null)
        {
            (_pending, _countedTo) = Stream.Log.CountPending(_next, _filter, lastPerSubject: false);
            if (_left <= 0 || Stream.Log.FindNext(_next, _filter) != 0)
                return true;
        }

        Status(404, "Message Not Found"u8);
        return false;
    }

    /// <inheritdoc/>
    protected override bool TryReadNext(StoredMessage into, out ulong pending)
    {
        pending = 0;
        if (_left <= 0)
            return false;
        ReadStatus status;
        while ((status = Stream.Log.ReadNext(_next, _filter!, into)) == ReadStatus.Damaged)
            _next = into.Sequence + 1;
        if (status != ReadStatus.Found)
            return false;
        _next = into.Sequence + 1;
        _left--;

        // Without headers the requester hears at the end how many there were from the start on, as from the reference server.
        if (_pending > 0 && !_request.NoHeaders)
            _pending--;
        pending = _pending;
        return true;
    }

    /// <inheritdoc/>
    protected override void End()
    {
        // New messages have come meanwhile: count again, so that the requester knows what to ask for next.
        if (Stream.Log.State.LastSequence > _countedTo)
            (_pending, _) = Stream.Log.CountPending(_next, _filter!, lastPerSubject: false);
        EndOfBatch(_pending, upTo: 0);
    }
}
