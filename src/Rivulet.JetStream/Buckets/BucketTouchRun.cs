using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Rivulet.JetStream.Api;
using Rivulet.JetStream.Api.Errors;
using Rivulet.JetStream.Hosting;
using Rivulet.JetStream.Streams;
using Rivulet.Protocol;
using Rivulet.Storage;

namespace Rivulet.JetStream.Buckets;

/// <summary>
/// Extends the time that a key has to live: stores its value once more, as a new revision with a time to live from now on, if
/// the key is still the one that was read. Answered once that is committed.
/// </summary>
/// <remarks>
/// The value is read with no lock held. Under the writer lock it is seen whether it is still the newest, as the writer sees it;
/// if another is on its way, the run waits for its commit and reads again.
/// </remarks>
internal sealed class BucketTouchRun : BucketRun, ICommitWaiter
{
    private const long NanosPerSecond = 1_000_000_000;

    private readonly BucketTouchRequest _request;
    private readonly byte[] _subject;
    private int _attempts;
    private LogPosition _waitFor;

    public BucketTouchRun(
        JetStreamStream stream, BucketTouchRequest request, byte[] subject, ReadOnlySpan<byte> reply)
        : base(stream, reply)
    {
        _request = request;
        _subject = subject;
    }

    /// <inheritdoc/>
    void ICommitWaiter.OnCommitted(LogPosition position) => Start();

    /// <inheritdoc/>
    void ICommitWaiter.OnFailed(Exception cause) => Start();

    /// <inheritdoc/>
    protected override BucketStep RunSlice()
    {
        ReadStatus status = Stream.Log.ReadLast(_subject, Message);
        if (status is ReadStatus.Damaged or ReadStatus.Failed)
            return Refuse(PublishChecks.StoreFailed(Stream.Store.Failure ?? new IOException("the value cannot be read")));
        ulong read = status == ReadStatus.Found ? Message.Sequence : 0;
        PublishEffects effects = default;
        PublishReply answer;
        bool answerNow, isStopped;
        Stream.WriterLock.Enter();
        try
        {
            isStopped = Stream.IsStopped;
            ulong newest = isStopped ? 0 : Stream.Log.TailLastSequenceOf(_subject);
            _waitFor = Stream.Publishing.LastAppended;
            answer = isStopped ? default
                : newest == read ? Touch(newest, ref effects)
                : ++_attempts == AttemptsMax || Stream.Store.Failure is not null ? Refusal(WrongRevision(newest))
                : default;
            answerNow = answer.IsFinal && Stream.Publishing.IsAnswerDue(Reply, answer, effects);
        }
        finally
        {
            Stream.WriterLock.Exit();
        }

        if (isStopped)
            return Refuse(WhyStopped());
        if (!answer.IsFinal)
            return BucketStep.Waits;
        if (effects.Appended != LogPosition.None)
            Stream.Publishing.AfterAppend(publisher: null, effects, Batch);
        if (answerNow)
            Stream.Publishing.SendAnswer(Reply, answer, Batch);
        Stream.Account.Statistics.CountRequest(failed: effects.Appended == LogPosition.None);
        return BucketStep.Done;
    }

    /// <inheritdoc/>
    protected override void Wait() => Stream.Store.WhenCommitted(_waitFor, this);

    /// <inheritdoc/>
    protected override BucketStep Refuse(ApiError error)
    {
        var body = new ArrayBufferWriter<byte>(256);
        body.Write(Answer(error, 0));
        if (!Reply.IsEmpty)
            Send(default, body, error);
        return BucketStep.Done;
    }

    /// <summary>Under the writer lock, when what was read is the newest: stores it again.</summary>
    private PublishReply Touch(ulong newest, ref PublishEffects effects)
    {
        if (_request.Revision != 0 && _request.Revision != newest)
            return Refusal(WrongRevision(newest));
        if (newest == 0 || BucketHeaders.IsDeletion(Message.Headers))
            return Refusal(BucketErrors.KeyNotFound);
        if (!TryGetTtl(out string? ttl))
            return Refusal(BucketErrors.NoTimeToLive);
        byte[] block = HeadersOf(newest, ttl);
        var message = new RoutedMessage(_subject, default, block, Message.Payload, publisher: null);
        PublishHeaders headers = PublishHeaders.Read(block);
        PublishReply reply = Stream.Publishing.PublishOne(message, headers, ref effects);
        return reply.Kind switch
        {
            PublishReplyKind.Ack => PublishReply.OfText(Answer(null, reply.Number)),
            PublishReplyKind.Error or PublishReplyKind.Overloaded => Refusal(reply.Error!),
            _ => Refusal(JetStreamError.StreamGeneral.With($"touch ended as {reply.Kind}")),
        };
    }

    /// <summary>The time to live from now on, as a header says it; <c>null</c> for the one that the bucket gives.</summary>
    private bool TryGetTtl(out string? ttl)
    {
        ttl = null;
        if (_request.TtlNanos > 0)
            ttl = (_request.TtlNanos / NanosPerSecond).ToString(CultureInfo.InvariantCulture) + "s";
        if (_request.TtlNanos > 0 || _request.Persist)
            return true;
        if (!Message.Headers.IsEmpty && new HeaderBlock(Message.Headers).TryGet("Nats-TTL"u8, out ReadOnlySpan<byte> present))
            ttl = Encoding.UTF8.GetString(present);
        return ttl is not null || Stream.Config.MaxAgeNanos > 0;
    }

    /// <summary>The headers of the value's publisher, and what the touch adds. Those that told the server something are used up.</summary>
    private byte[] HeadersOf(ulong revision, string? ttl)
    {
        var block = new HeaderBlockBuilder(stackalloc byte[512]);
        block.Start();
        if (!Message.Headers.IsEmpty)
        {
            foreach (HeaderField field in new HeaderBlock(Message.Headers))
            {
                if (field.Name.SequenceEqual(BucketHeaders.Touch)
                    && PublishHeaders.Sequence(field.Value) is var put && put != ulong.MaxValue)
                    revision = put;
                else if (!field.Name.StartsWith("Nats-"u8) && !field.Name.StartsWith("Rivulet-"u8))
                    block.Add(field.Name, field.Value);
            }
        }

        if (ttl is not null)
        {
            block.Add("Nats-TTL"u8, Encoding.UTF8.GetBytes(ttl));
            block.Add(BucketHeaders.Expiry, BucketHeaders.ExpiryOfKey);
        }

        block.Add(BucketHeaders.Touch, revision);
        byte[] made = block.Finish().ToArray();
        block.Dispose();
        return made;
    }

    private static ApiError WrongRevision(ulong actual) =>
        JetStreamError.StreamWrongLastSequence.With(actual.ToString(CultureInfo.InvariantCulture));

    private PublishReply Refusal(ApiError error) => PublishReply.OfText(Answer(error, 0));

    private byte[] Answer(ApiError? error, ulong revision)
    {
        var body = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(body, ApiJson.WriterOptions))
        {
            BeginAnswer(json, "touch_response", error);
            if (error is null)
            {
                json.WriteString("key"u8, KeyOf(_subject));
                json.WriteNumber("revision"u8, revision);
            }

            json.WriteEndObject();
        }

        return body.WrittenSpan.ToArray();
    }
}
