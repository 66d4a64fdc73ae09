using System.Globalization;
using System.Text;
using System.Text.Json;
using Rivulet.JetStream.Api;
using Rivulet.JetStream.Api.Errors;
using Rivulet.JetStream.Hosting;
using Rivulet.Protocol;

namespace Rivulet.JetStream.Streams;

/// <summary>
/// Takes in the messages of fast batches: each is stored when it comes, and their publisher is told now and then how far they have
/// come, and at the end. What is missing is told at once, and ends the batch unless it said that this does not matter.
/// </summary>
/// <remarks>
/// The stream's writer lock guards it. Told is what is committed: all answers of a stream wait for what was appended before them.
/// </remarks>
internal sealed class FastPublisher
{
    /// <summary>Most unfinished batches of a stream, unless the server has another limit.</summary>
    private const int BatchesUsual = 1000;

    /// <summary>Messages under way that all publishers of a stream share.</summary>
    private const int FlowShared = 500;

    private readonly JetStreamStream _stream;
    private readonly PublishHandler _publishing;

    public FastPublisher(JetStreamStream stream, PublishHandler publishing)
    {
        _stream = stream;
        _publishing = publishing;
        Batches = new OpenBatches<FastBatch>(
            stream, BatchesUsual, stream.Account.Engine.FastBatches, id => new FastBatch(id));
    }

    /// <summary>The batches that are not finished.</summary>
    public OpenBatches<FastBatch> Batches { get; }

    /// <summary>Takes a message of a batch in.</summary>
    /// <param name="message">The message, under the subject that it is stored under.</param>
    /// <param name="effects">What it leads to.</param>
    /// <returns>The answer; most messages have none.</returns>
    public PublishReply Publish(in RoutedMessage message, ref PublishEffects effects)
    {
        PublishReply refusal = Check(message, out FastBatchOperation operation);
        if (refusal.IsFinal)
            return refusal;
        if (!Batches.TryGet(operation.Id, out FastBatch? batch))
        {
            if (operation.Sequence != 1 || operation.Step == FastBatchStep.Ping)
                return Refuse(JetStreamError.BatchPublishUnknownBatchID);
            batch = Open(operation);
            if (batch is null)
                return Refuse(JetStreamError.BatchPublishTooManyInflight);
            effects.HasOpenedBatch = true;
        }

        Batches.Touch(batch);
        ReadOnlySpan<byte> block = message.Headers;
        if (new HeaderBlock(block).TryGet("Nats-Required-Api-Level"u8, out _))
        {
            if (!ApiLevel.IsSupported(block))
            {
                Batches.Remove(batch);
                return Refuse(JetStreamError.RequiredApiLevel);
            }

            block = HeaderEdits.Without(block, "Nats-Required-Api-Level"u8);
        }

        if (operation.Step == FastBatchStep.Ping)
            return Ping(batch, operation, ref effects);
        FastBatchProgress before = batch.Progress;
        var kept = new RoutedMessage(message.Subject, message.Reply, block, message.Payload, message.Publisher);
        PublishReply reply = Take(batch, operation, kept, ref effects);
        if (reply.Kind == PublishReplyKind.Unread)
            batch.Progress = before;
        return reply;
    }

    private PublishReply Check(in RoutedMessage message, out FastBatchOperation operation)
    {
        operation = default;
        PublishReply refusal = PublishChecks.CheckAdmission(_stream, message);
        if (refusal.IsFinal)
            return refusal;
        if (!_stream.Config.AllowBatchPublish)
            return Refuse(JetStreamError.BatchPublishDisabled);
        if (!FastBatchOperation.TryParse(message.Reply, out operation))
            return Refuse(JetStreamError.BatchPublishInvalidPattern);
        return operation.Id.Length > AtomicPublisher.IdBytesMax ? Refuse(JetStreamError.BatchPublishInvalidBatchID) : default;
    }

    /// <summary>A publisher that is not alone begins slowly.</summary>
    private FastBatch? Open(in FastBatchOperation operation)
    {
        if (Batches.TryOpen(operation.Id) is not { } batch)
            return null;
        batch.AllowsGaps = operation.AllowsGaps;
        batch.FlowMax = operation.Flow;
        batch.Progress = new FastBatchProgress(0, 0, 0, Batches.Count > 1 ? 1 : Math.Min(FlowShared, operation.Flow), 0);
        return batch;
    }

    private PublishReply Ping(FastBatch batch, in FastBatchOperation operation, ref PublishEffects effects)
    {
        FastBatchProgress progress = batch.Progress;
        if (operation.Sequence > progress.Last)
        {
            Say(Gap(progress.Last + 1, operation.Sequence + 1), ref effects);
            if (!batch.AllowsGaps)
                return Finish(batch);
            batch.Progress = progress with { Last = operation.Sequence, Stored = operation.Sequence };
            if (TellIfDue(batch) is { IsFinal: true } told)
                return told;
        }

        return Flow(batch.Progress.Told, batch.Progress.Flow);
    }

    private PublishReply Take(
        FastBatch batch, in FastBatchOperation operation, in RoutedMessage message, ref PublishEffects effects)
    {
        ulong expected = batch.Progress.Last + 1;
        if (operation.Sequence != expected)
        {
            Say(Gap(expected, operation.Sequence), ref effects);
            if (!batch.AllowsGaps || operation.Sequence < expected)
                return Finish(batch);
        }

        if (operation.Step == FastBatchStep.End)
        {
            batch.Progress = batch.Progress with { Last = operation.Sequence - 1 };
            return Finish(batch);
        }

        batch.Progress = batch.Progress with { Last = operation.Sequence };
        if (operation.Sequence == 1 && !operation.Ends)
            Say(Flow(0, batch.Progress.Flow), ref effects);
        PublishHeaders headers = message.Headers.IsEmpty ? default : PublishHeaders.Read(message.Headers);
        PublishReply stored = _publishing.PublishOne(message, headers, ref effects);
        PublishReply reply = stored.Kind switch
        {
            PublishReplyKind.Unread => stored,
            PublishReplyKind.Ack or PublishReplyKind.DetailedAck => AfterStored(batch, operation, stored.Number),
            PublishReplyKind.Duplicate => AfterDuplicate(batch, operation, stored.Number, ref effects),
            _ => AfterRefusal(batch, operation, stored, ref effects),
        };
        return reply.IsFinal ? reply : LastSaid(ref effects);
    }

    private PublishReply AfterStored(FastBatch batch, in FastBatchOperation operation, ulong sequence)
    {
        batch.Progress = batch.Progress with { Stored = operation.Sequence, StreamSequence = sequence };
        return operation.Ends ? Finish(batch) : TellIfDue(batch);
    }

    /// <summary>A message that was stored before is passed over, as if it had been stored.</summary>
    private PublishReply AfterDuplicate(
        FastBatch batch, in FastBatchOperation operation, ulong sequence, ref PublishEffects effects)
    {
        batch.Progress = batch.Progress with { Stored = operation.Sequence };
        PublishReply told = TellIfDue(batch);
        if (!operation.Ends)
            return told;
        if (told.IsFinal)
            Say(told, ref effects);
        if (batch.AllowsGaps || operation.Sequence > 1)
            return Finish(batch);
        Batches.Remove(batch);
        return PublishReply.Ack(sequence, new AckDetail(null, batch.IdText, operation.Sequence, IsDuplicate: true));
    }

    private PublishReply AfterRefusal(
        FastBatch batch, in FastBatchOperation operation, in PublishReply refusal, ref PublishEffects effects)
    {
        if (!batch.AllowsGaps && operation.Sequence == 1)
        {
            Batches.Remove(batch);
            return refusal;
        }

        Say(Error(operation.Sequence, refusal), ref effects);
        if (batch.AllowsGaps && !operation.Ends)
            return default;
        batch.Progress = batch.Progress with { Last = operation.Sequence - 1 };
        return Finish(batch);
    }

    /// <summary>Ends a batch, and tells what it came to.</summary>
    private PublishReply Finish(FastBatch batch)
    {
        Batches.Remove(batch);
        return PublishReply.Ack(batch.Progress.StreamSequence, new AckDetail(null, batch.IdText, batch.Progress.Last));
    }

    /// <summary>
    /// Tells how far the batch has come, if it has come far enough since the last time; then it has its share of what is allowed to be
    /// under way, which it approaches by doubling and halving.
    /// </summary>
    private PublishReply TellIfDue(FastBatch batch)
    {
        FastBatchProgress progress = batch.Progress;
        ulong flow = (ulong)progress.Flow;
        if (progress.Stored < progress.Told + flow)
            return default;
        ulong told = progress.Stored - ((progress.Stored - progress.Told) % flow);
        int share = Math.Min(Math.Max(1, FlowShared / Batches.Count), batch.FlowMax);
        int next = progress.Flow <= share ? Math.Min(progress.Flow * 2, share) : Math.Max(progress.Flow / 2, share);
        batch.Progress = progress with { Told = told, Flow = next };
        return Flow(told, next);
    }

    private static void Say(in PublishReply reply, ref PublishEffects effects) => (effects.Earlier ??= []).Add(reply);

    /// <summary>What was said last is the answer, if there is no other.</summary>
    private static PublishReply LastSaid(ref PublishEffects effects)
    {
        if (effects.Earlier is not { Count: > 0 } said)
            return default;
        PublishReply last = said[^1];
        said.RemoveAt(said.Count - 1);
        return last;
    }

    private static PublishReply Flow(ulong sequence, int flow) =>
        Text(string.Create(CultureInfo.InvariantCulture, $"{{\"type\":\"ack\",\"seq\":{sequence},\"msgs\":{flow}}}"));

    private static PublishReply Gap(ulong expected, ulong actual) =>
        Text(string.Create(CultureInfo.InvariantCulture, $"{{\"type\":\"gap\",\"last_seq\":{expected},\"seq\":{actual}}}"));

    private static PublishReply Error(ulong sequence, in PublishReply refusal)
    {
        ApiError error = refusal.Error
            ?? JetStreamError.StreamWrongLastSequence.With(refusal.Number.ToString(CultureInfo.InvariantCulture));
        string json = JsonSerializer.Serialize(error, ApiJsonContext.Relaxed.ApiError);
        return Text(string.Create(CultureInfo.InvariantCulture, $"{{\"type\":\"err\",\"seq\":{sequence},\"error\":{json}}}"));
    }

    private static PublishReply Text(string text) => PublishReply.OfText(Encoding.UTF8.GetBytes(text));

    private static PublishReply Refuse(JetStreamError error) => PublishReply.Refusal(error);
}
