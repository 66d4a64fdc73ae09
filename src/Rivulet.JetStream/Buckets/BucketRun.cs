using System.Buffers;
using System.Text.Json;
using Rivulet.JetStream.Api;
using Rivulet.JetStream.Api.Errors;
using Rivulet.JetStream.Hosting;
using Rivulet.JetStream.Streams;
using Rivulet.Storage;

namespace Rivulet.JetStream.Buckets;

/// <summary>
/// A request on a bucket that may take a while: it runs on host threads, in slices. One thread at a time has it.
/// </summary>
internal abstract class BucketRun : IWorkItem, IDisposable
{
    /// <summary>Times that a page is looked up again whose values were overwritten before they could be read.</summary>
    protected const int AttemptsMax = 8;

    private readonly byte[] _reply;

    /// <summary>Makes a run.</summary>
    /// <param name="stream">The bucket's stream.</param>
    /// <param name="reply">Where the answer goes; copied.</param>
    protected BucketRun(JetStreamStream stream, ReadOnlySpan<byte> reply)
    {
        Stream = stream;
        _reply = reply.ToArray();
        Batch = stream.Router.CreateBatch();
        PrefixLength = BucketNames.SubjectPrefix(stream.Config).Length;
    }

    /// <summary>The bucket's stream.</summary>
    protected JetStreamStream Stream { get; }

    /// <summary>Where the answer goes.</summary>
    protected ReadOnlySpan<byte> Reply => _reply;

    /// <summary>Gathers the answers.</summary>
    protected DeliveryBatch Batch { get; }

    /// <summary>Length of what subjects have in front of the key.</summary>
    protected int PrefixLength { get; }

    /// <summary>What is read.</summary>
    protected StoredMessage Message { get; } = new();

    /// <summary>Begins.</summary>
    public void Start() => Stream.Account.Engine.Host.Work.Queue(this);

    void IWorkItem.Execute()
    {
        BucketStep step;
        try
        {
            step = Stream.IsStopped ? Refuse(WhyStopped()) : RunSlice();
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException)
        {
            // The store is being closed or its disk is failing.
            step = Refuse(PublishChecks.StoreFailed(failure));
        }

        Batch.Flush();

        // Nothing behind this: another thread may have the run by then.
        if (step == BucketStep.More)
            Start();
        else if (step == BucketStep.Waits)
            Wait();
        else
            Dispose();
    }

    /// <summary>Does some of the work.</summary>
    protected abstract BucketStep RunSlice();

    /// <summary>Has the run started again when what it waits for has come. Nothing of it is touched afterwards.</summary>
    protected virtual void Wait() => throw new InvalidOperationException("this run waits for nothing");

    /// <summary>Answers with an error.</summary>
    /// <returns>That was all.</returns>
    protected abstract BucketStep Refuse(ApiError error);

    /// <summary>Gives the buffer back. A run does it by itself when it ends.</summary>
    public virtual void Dispose() => Message.Dispose();

    /// <summary>What is said where the stream has stopped: it was deleted, or JetStream is being shut down.</summary>
    protected ApiError WhyStopped() =>
        Stream.Account.Directory.TryGet(Stream.Name, out JetStreamStream? present) && present == Stream
            ? PublishChecks.StoreFailed(null)
            : JetStreamError.StreamNotFound;

    /// <summary>Why a page is not exact as of the revision that was asked for; <c>null</c> if it is.</summary>
    /// <param name="page">The page, just found.</param>
    /// <param name="revision">The revision; 0 for the present one.</param>
    protected ApiError? CheckRevision(SubjectPage page, ulong revision)
    {
        if (revision == 0 || revision == page.LastSequence)
            return null;
        if (revision > page.LastSequence)
            return BucketErrors.NotReached(revision, page.LastSequence);
        if (Stream.Revisions is not { } revisions)
            return BucketErrors.Forgets("it is a mirror");
        if (BucketRevisions.WhyNot(Stream.Config) is { } why)
            return BucketErrors.Forgets(why);
        ulong held = revisions.HeldFrom(page);
        return revision >= held ? null : BucketErrors.Compacted(revision, held);
    }

    /// <summary>Writes what an answer begins with.</summary>
    protected void BeginAnswer(Utf8JsonWriter json, string type, ApiError? error)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, BucketApi.TypePrefix + type);
        if (error is not null)
        {
            json.WritePropertyName("error"u8);
            JsonSerializer.Serialize(json, error, ApiJsonContext.Relaxed.ApiError);
        }

        json.WriteString("bucket"u8, Stream.Name[BucketNames.StreamPrefix.Length..]);
    }

    /// <summary>Sends an answer and counts the request.</summary>
    /// <param name="headers">Header block, empty for none.</param>
    /// <param name="json">The answer.</param>
    /// <param name="error">Its error, if it is one.</param>
    protected void Send(ReadOnlySpan<byte> headers, ArrayBufferWriter<byte> json, ApiError? error)
    {
        Stream.Account.Statistics.CountRequest(failed: error is not null);
        Stream.Router.Publish(_reply, default, headers, json.WrittenSpan, Batch);
    }

    /// <summary>Whether what a page found is a deletion. Reads it if it may be.</summary>
    /// <param name="page">The page.</param>
    /// <param name="index">Which of its subjects.</param>
    /// <param name="status">What reading came to; <see cref="ReadStatus.Found"/> if it was not needed.</param>
    protected bool IsDeletion(SubjectPage page, int index, out ReadStatus status)
    {
        status = ReadStatus.Found;
        if (!page.HasHeadersAt(index))
            return false;
        status = Stream.Log.Read(page, index, Message);
        return status == ReadStatus.Found && BucketHeaders.IsDeletion(Message.Headers);
    }

    /// <summary>The key of a subject.</summary>
    protected ReadOnlySpan<byte> KeyOf(ReadOnlySpan<byte> subject) => subject[PrefixLength..];
}

/// <summary>What comes behind a slice of a run.</summary>
internal enum BucketStep
{
    /// <summary>Another slice.</summary>
    More,

    /// <summary>Another slice, once something has come.</summary>
    Waits,

    /// <summary>Nothing: it is answered.</summary>
    Done,
}
