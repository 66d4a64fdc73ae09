using Rivulet.JetStream.Api.Handlers;
using Rivulet.JetStream.Streams;
using Rivulet.Protocol;
using Rivulet.Storage;

namespace Rivulet.JetStream.DirectGet;

/// <summary>Sends the last message of every subject that matches, as of a sequence or a time, by ascending sequence.</summary>
internal sealed class DirectGetMulti : DirectGetRun
{
    private const int SubjectsMax = 1024;

    private readonly MessageGetRequest _request;
    private readonly List<ulong> _sequences = [];
    private int _sent;
    private ulong _upTo;

    public DirectGetMulti(JetStreamStream stream, MessageGetRequest request, ReadOnlySpan<byte> replySubject)
        : base(stream, request.MaxBytes, noHeaders: false, replySubject) => _request = request;

    private int Pending => _sequences.Count - _sent;

    /// <inheritdoc/>
    protected override bool Begin()
    {
        StreamState state = Stream.Log.State;
        _upTo = _request.UpToSequence;
        if (_request.UpToTimeNanos is { } time)
        {
            ulong after = Stream.Log.FindByTime(time);
            if (after <= state.FirstSequence)
            {
                Status(404, "No Results"u8);
                return false;
            }

            _upTo = after - 1;
        }

        if (_upTo == 0)
            _upTo = state.LastSequence;
        FilterSet? filters = FilterSet.FromValid(_request.MultiLastFor!);
        if (filters is not null && Stream.Log.LastPerSubject(filters, _upTo, SubjectsMax, _sequences) > SubjectsMax)
        {
            Status(413, "Too Many Results"u8);
            return false;
        }

        if (_sequences.Count == 0)
        {
            Status(404, "No Results"u8);
            return false;
        }

        // What lies before the start is passed over; that nothing is left is an end like any other.
        _sequences.RemoveAll(sequence => sequence < _request.Sequence);
        return true;
    }

    /// <inheritdoc/>
    protected override bool TryReadNext(StoredMessage into, out ulong pending)
    {
        pending = 0;
        while (_sent < _sequences.Count && (_request.Batch <= 0 || _sent < _request.Batch))
        {
            ReadStatus status = Stream.Log.Read(_sequences[_sent++], into);
            pending = (ulong)Pending;
            if (status == ReadStatus.Found)
                return true;
        }

        return false;
    }

    /// <inheritdoc/>
    protected override void End() => EndOfBatch((ulong)Pending, _upTo);
}
