using Rivulet.JetStream.Hosting;
using Rivulet.JetStream.Streams;
using Rivulet.Protocol;
using Rivulet.Storage;

namespace Rivulet.JetStream.DirectGet;

/// <summary>
/// A direct get of many messages. It runs on host threads in slices, so that a long result does not hold up other work, and
/// ends with a status. One thread at a time has it.
/// </summary>
internal abstract class DirectGetRun : IWorkItem, IDisposable
{
    private const int SliceMessages = 256;
    private const int SliceBytes = 1024 * 1024;

    private readonly byte[] _replySubject;
    private readonly DeliveryBatch _batch;
    private readonly StoredMessage _message = new();
    private readonly long _bytesMax;
    private readonly bool _noHeaders;
    private long _sentBytes;
    private bool _started;

    /// <summary>Makes a run.</summary>
    /// <param name="stream">The stream that was asked.</param>
    /// <param name="maxBytes">Bytes after which it ends; 0 is the server's limit.</param>
    /// <param name="noHeaders">Whether messages go without headers.</param>
    /// <param name="replySubject">Where the answers go; copied.</param>
    protected DirectGetRun(JetStreamStream stream, long maxBytes, bool noHeaders, ReadOnlySpan<byte> replySubject)
    {
        Stream = stream;
        _replySubject = replySubject.ToArray();
        _batch = stream.Router.CreateBatch();
        _bytesMax = maxBytes == 0 ? stream.Account.Engine.Options.DirectGetBatchBytesMax : maxBytes;
        _noHeaders = noHeaders;
    }

    /// <summary>The stream that was asked.</summary>
    protected JetStreamStream Stream { get; }

    /// <summary>Sequence of the message sent last; 0 for none.</summary>
    protected ulong LastSequence { get; private set; }

    /// <summary>Whether enough bytes were sent.</summary>
    protected bool IsFull => _sentBytes >= _bytesMax && LastSequence > 0;

    /// <summary>Begins.</summary>
    public void Start() => Stream.Account.Engine.Host.Work.Queue(this);

    void IWorkItem.Execute()
    {
        bool more;
        try
        {
            more = !_started ? Begin() && RunSlice() : RunSlice();
            _started = true;
            _batch.Flush();
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException)
        {
            // The store is being closed or its disk is failing: the requester is told, and nobody waits for the rest.
            Status(500, "Read Failed"u8);
            _batch.Flush();
            more = false;
        }

        if (more)
            Stream.Account.Engine.Host.Work.Queue(this);
        else
            Dispose();
    }

    /// <summary>Gives the buffer back. A run does it by itself when it ends.</summary>
    public void Dispose() => _message.Dispose();

    /// <summary>Finds out what there is to send.</summary>
    /// <returns>False if a status said that there is nothing.</returns>
    protected abstract bool Begin();

    /// <summary>Reads the next message to send.</summary>
    /// <param name="into">Receives it.</param>
    /// <param name="pending">How many come after it.</param>
    /// <returns>Whether there is one.</returns>
    protected abstract bool TryReadNext(StoredMessage into, out ulong pending);

    /// <summary>Sends what ends the result.</summary>
    protected abstract void End();

    /// <summary>Sends a status.</summary>
    protected void Status(int status, ReadOnlySpan<byte> description) =>
        new DirectGetReply(Stream, _replySubject, _batch).Status(status, description);

    /// <summary>Sends the end-of-batch status.</summary>
    /// <param name="pending">How many messages would come after the last one.</param>
    /// <param name="upTo">The highest sequence that was looked at; 0 to leave it out.</param>
    protected void EndOfBatch(ulong pending, ulong upTo)
    {
        var headers = new HeaderBlockBuilder(stackalloc byte[256]);
        headers.StartStatus(204, "EOB"u8);
        headers.Add("Nats-Num-Pending"u8, pending);
        headers.Add("Nats-Last-Sequence"u8, LastSequence);
        if (upTo > 0)
            headers.Add("Nats-UpTo-Sequence"u8, upTo);
        Stream.Router.Publish(_replySubject, default, headers.Finish(), default, _batch);
        headers.Dispose();
    }

    private bool RunSlice()
    {
        long sliceEnd = _sentBytes + SliceBytes;
        for (int i = 0; i < SliceMessages && _sentBytes < sliceEnd; i++)
        {
            if (Stream.IsStopped || IsFull || !TryReadNext(_message, out ulong pending))
            {
                End();
                return false;
            }

            Send(pending);
        }

        return true;
    }

    private void Send(ulong pending)
    {
        if (_noHeaders)
        {
            Stream.Router.Publish(_replySubject, default, default, _message.Payload, _batch);
        }
        else
        {
            var headers = new HeaderBlockBuilder(stackalloc byte[512]);
            DirectGetHeaders.Start(ref headers, Stream, _message);
            headers.Add("Nats-Num-Pending"u8, pending);
            headers.Add("Nats-Last-Sequence"u8, LastSequence);
            Stream.Router.Publish(_replySubject, default, headers.Finish(), _message.Payload, _batch);
            headers.Dispose();
        }

        LastSequence = _message.Sequence;
        _sentBytes += _message.Subject.Length + _message.Headers.Length + _message.Payload.Length;
    }
}
