using System.Buffers.Text;
using System.Globalization;
using Rivulet.JetStream.Api;
using Rivulet.JetStream.Api.Errors;
using Rivulet.JetStream.Hosting;
using Rivulet.Protocol;

namespace Rivulet.JetStream.Streams;

/// <summary>
/// Takes in the messages of atomic batches, which are told apart by an id and count up. They lie in memory until the one comes
/// that ends the batch; then they are checked and stored as one. Whatever is wrong ends the batch.
/// </summary>
/// <remarks>The stream's writer lock guards it.</remarks>
internal sealed class AtomicPublisher
{
    /// <summary>Longest id of a batch.</summary>
    public const int IdBytesMax = 64;

    /// <summary>Most unfinished batches of a stream, unless the server has another limit.</summary>
    private const int BatchesUsual = 50;

    private readonly JetStreamStream _stream;
    private readonly AtomicCommit _commit;
    private readonly StoredHeaders _headers = new();

    public AtomicPublisher(JetStreamStream stream, MessageIds ids, CounterTotals counters)
    {
        _stream = stream;
        _commit = new AtomicCommit(stream, ids, counters);
        UnfinishedBatches budget = stream.Account.Engine.AtomicBatches;
        Batches = new OpenBatches<AtomicBatch>(stream, BatchesUsual, budget, id => new AtomicBatch(id, budget), TellTimeout);
    }

    /// <summary>The batches that are not finished.</summary>
    public OpenBatches<AtomicBatch> Batches { get; }

    private int MessagesMax => _stream.Account.Engine.Options.Batches.AtomicMessages;

    /// <summary>Takes a message of a batch in.</summary>
    /// <param name="message">The message, under the subject that it is stored under.</param>
    /// <param name="headers">Its headers.</param>
    /// <param name="effects">What it leads to.</param>
    public PublishReply Publish(in RoutedMessage message, in PublishHeaders headers, ref PublishEffects effects)
    {
        PublishReply refusal = Check(message, headers, out ulong sequence);
        if (refusal.IsFinal)
            return refusal;
        BatchEnd end = ReadEnd(message.Headers);
        ulong size = end == BatchEnd.AfterLast ? sequence - 1 : sequence;
        if (!Batches.TryGet(headers.BatchId, out AtomicBatch? batch))
        {
            if (sequence != 1)
                return size > (ulong)MessagesMax ? TooLarge() : Refuse(JetStreamError.AtomicPublishIncompleteBatch);
            batch = Batches.TryOpen(headers.BatchId);
            if (batch is null)
                return Refuse(JetStreamError.AtomicPublishTooManyInflight);
            effects.HasOpenedBatch = true;
        }

        Batches.Touch(batch);
        PublishReply reply = Continue(batch, message, sequence, size, end, ref effects);
        if (!reply.IsFinal)
            reply = _commit.Commit(batch, ref effects);
        if (reply.Kind == PublishReplyKind.Unread)
            TakeBack(batch, end);
        else if (reply.Kind != PublishReplyKind.TakenIn)
            Batches.Remove(batch);
        return reply;
    }

    private PublishReply Check(in RoutedMessage message, in PublishHeaders headers, out ulong sequence)
    {
        sequence = 0;
        PublishReply refusal = PublishChecks.CheckAdmission(_stream, message);
        if (refusal.IsFinal)
            return refusal;
        if (!_stream.Config.AllowAtomicPublish)
            return Refuse(JetStreamError.AtomicPublishDisabled);
        if (headers.BatchId.Length > IdBytesMax)
            return Refuse(JetStreamError.AtomicPublishInvalidBatchID);
        return TryReadSequence(message.Headers, out sequence) ? default : Refuse(JetStreamError.AtomicPublishMissingSeq);
    }

    /// <returns>None if the batch is complete and can be stored.</returns>
    private PublishReply Continue(
        AtomicBatch batch, in RoutedMessage message, ulong sequence, ulong size, BatchEnd end, ref PublishEffects effects)
    {
        if (end == BatchEnd.Invalid)
            return Refuse(JetStreamError.AtomicPublishInvalidBatchCommit);
        ReadOnlySpan<byte> block = message.Headers;
        if (new HeaderBlock(block).TryGet("Nats-Required-Api-Level"u8, out _))
        {
            if (!ApiLevel.IsSupported(block))
                return Abandon(batch, "unsupported", Refuse(JetStreamError.RequiredApiLevel), ref effects);
            block = HeaderEdits.Without(block, "Nats-Required-Api-Level"u8);
        }

        if (sequence != (ulong)batch.Count + 1 || size == 0)
            return Abandon(batch, "incomplete", Refuse(JetStreamError.AtomicPublishIncompleteBatch), ref effects);
        if (size > (ulong)MessagesMax)
            return Abandon(batch, "large", TooLarge(), ref effects);
        if (end == BatchEnd.AfterLast)
        {
            batch.IsEndedBehindLast = true;
            return default;
        }

        if (!batch.TryAdd(message, _headers.Prepare(block, ttlSeconds: 0)))
            return Refuse(JetStreamError.InsufficientResources);
        return end == BatchEnd.None ? PublishReply.TakenIn : default;
    }

    private static PublishReply Abandon(AtomicBatch batch, string reason, in PublishReply refusal, ref PublishEffects effects)
    {
        effects.Abandoned = new AbandonedBatch(batch.IdText, reason);
        return refusal;
    }

    /// <summary>Not under a lock.</summary>
    private void TellTimeout(AtomicBatch batch) => _stream.Account.Events.BatchAbandoned(_stream.Name, batch.IdText, "timeout");

    /// <summary>The message that ends the batch will come again, once what it needs has been read.</summary>
    private static void TakeBack(AtomicBatch batch, BatchEnd end)
    {
        if (end != BatchEnd.AfterLast)
            batch.RemoveLast();
    }

    private static bool TryReadSequence(ReadOnlySpan<byte> block, out ulong sequence)
    {
        sequence = 0;
        return new HeaderBlock(block).TryGet("Nats-Batch-Sequence"u8, out ReadOnlySpan<byte> value)
            && Utf8Parser.TryParse(value, out sequence, out int used)
            && used == value.Length;
    }

    private static BatchEnd ReadEnd(ReadOnlySpan<byte> block)
    {
        if (!new HeaderBlock(block).TryGet("Nats-Batch-Commit"u8, out ReadOnlySpan<byte> value))
            return BatchEnd.None;
        if (value.SequenceEqual("1"u8))
            return BatchEnd.Last;
        return value.SequenceEqual("eob"u8) ? BatchEnd.AfterLast : BatchEnd.Invalid;
    }

    private PublishReply TooLarge() =>
        PublishReply.Refusal(JetStreamError.AtomicPublishTooLargeBatch.With(MessagesMax.ToString(CultureInfo.InvariantCulture)));

    private static PublishReply Refuse(JetStreamError error) => PublishReply.Refusal(error);

    /// <summary>Whether a message ends its batch.</summary>
    private enum BatchEnd : byte
    {
        /// <summary>It does not.</summary>
        None,

        /// <summary>It is the last.</summary>
        Last,

        /// <summary>It ends the batch and is not part of it.</summary>
        AfterLast,

        /// <summary>It says something else.</summary>
        Invalid,
    }
}
