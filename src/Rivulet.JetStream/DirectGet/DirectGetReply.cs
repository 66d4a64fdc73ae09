using Rivulet.JetStream.Hosting;
using Rivulet.JetStream.Streams;
using Rivulet.Protocol;
using Rivulet.Storage;

namespace Rivulet.JetStream.DirectGet;

/// <summary>Answers one direct get with one message, or with a status.</summary>
internal readonly ref struct DirectGetReply
{
    private readonly JetStreamStream _stream;
    private readonly ReadOnlySpan<byte> _replySubject;
    private readonly DeliveryBatch _batch;

    /// <summary>Makes the answer.</summary>
    /// <param name="stream">The stream that was asked.</param>
    /// <param name="replySubject">Where the answer goes.</param>
    /// <param name="batch">What gathers it.</param>
    public DirectGetReply(JetStreamStream stream, ReadOnlySpan<byte> replySubject, DeliveryBatch batch)
    {
        _stream = stream;
        _replySubject = replySubject;
        _batch = batch;
    }

    /// <summary>Answers with the message of a sequence.</summary>
    public void BySequence(ulong sequence, bool noHeaders)
    {
        using MessageLease lease = MessageLease.Take();
        Message(_stream.Log.Read(sequence, lease.Message), lease.Message, noHeaders);
    }

    /// <summary>Answers with the last message that matches a subject or filter.</summary>
    public void Last(ReadOnlySpan<byte> subject, bool noHeaders)
    {
        using MessageLease lease = MessageLease.Take();
        Message(_stream.Log.ReadLast(subject, lease.Message), lease.Message, noHeaders);
    }

    /// <summary>Answers with the first message from a sequence on that matches a filter; without one, none does.</summary>
    public void Next(ulong fromSequence, FilterSet? filter, bool noHeaders)
    {
        using MessageLease lease = MessageLease.Take();
        ReadStatus status = filter is null ? ReadStatus.NotFound : _stream.Log.ReadNext(fromSequence, filter, lease.Message);
        Message(status, lease.Message, noHeaders);
    }

    /// <summary>Answers with a status.</summary>
    public void Status(int status, ReadOnlySpan<byte> description)
    {
        var headers = new HeaderBlockBuilder(stackalloc byte[64]);
        headers.StartStatus(status, description);
        _stream.Router.Publish(_replySubject, default, headers.Finish(), default, _batch);
        headers.Dispose();
    }

    private void Message(ReadStatus status, StoredMessage message, bool noHeaders)
    {
        switch (status)
        {
            case ReadStatus.Found when noHeaders:
                _stream.Router.Publish(_replySubject, default, default, message.Payload, _batch);
                break;
            case ReadStatus.Found:
                var headers = new HeaderBlockBuilder(stackalloc byte[512]);
                DirectGetHeaders.Start(ref headers, _stream, message);
                _stream.Router.Publish(_replySubject, default, headers.Finish(), message.Payload, _batch);
                headers.Dispose();
                break;
            case ReadStatus.Damaged:
                Status(500, "Message Damaged"u8);
                break;
            case ReadStatus.Failed:
                Status(500, "Read Failed"u8);
                break;
            default:
                Status(404, "Message Not Found"u8);
                break;
        }
    }
}
