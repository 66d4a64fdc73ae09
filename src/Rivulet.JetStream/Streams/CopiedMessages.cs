using Rivulet.JetStream.Api.Errors;
using Rivulet.JetStream.Hosting;
using Rivulet.JetStream.Origins;

namespace Rivulet.JetStream.Streams;

/// <summary>
/// Takes messages of other streams into a stream, as its mirror's or as a source's. They were checked where they were published,
/// so that only what this stream cannot do without is asked of them; the reference's order, since the first refusal is reported.
/// </summary>
/// <remarks>The stream's writer lock guards it.</remarks>
internal sealed class CopiedMessages
{
    private readonly JetStreamStream _stream;
    private readonly PublishHandler _handler;
    private readonly MessageIds _ids;
    private readonly CounterTotals _counters;

    public CopiedMessages(JetStreamStream stream, PublishHandler handler, MessageIds ids, CounterTotals counters)
    {
        _stream = stream;
        _handler = handler;
        _ids = ids;
        _counters = counters;
    }

    /// <summary>Stores a message under the sequence and the time that it has in the stream that this one mirrors.</summary>
    /// <param name="message">The message as it is to be kept.</param>
    /// <param name="sequence">Its sequence, above the last one here; what is in between stays a gap.</param>
    /// <param name="timestampNanos">Its time, in nanoseconds since the Unix epoch.</param>
    /// <param name="effects">What it leads to.</param>
    /// <returns>An ack, or the refusal.</returns>
    public PublishReply AppendMirrored(
        in RoutedMessage message, ulong sequence, long timestampNanos, ref PublishEffects effects)
    {
        PublishHeaders headers = message.Headers.IsEmpty ? default : PublishHeaders.Read(message.Headers);
        RoutedMessage renamed = Rename(message);
        PublishReply reply = Check(renamed, headers, out RollupChoice choice);
        if (reply.IsFinal)
            return reply;
        if (sequence > _stream.Log.Tail.LastSequence + 1)
            _handler.DependOn(_stream.Log.SkipTo(sequence));
        return _handler.AppendCopy(renamed, headers, choice.Ttl, choice.Scope, timestampNanos, ref effects);
    }

    /// <summary>Stores a message of a source, under the next sequence and at the present time.</summary>
    /// <param name="message">The message as it is to be kept, with the header that says where it is from.</param>
    /// <param name="effects">What it leads to.</param>
    /// <returns>
    /// An ack, a duplicate, or the refusal; <see cref="PublishReplyKind.Unread"/> to call again after <see cref="Load"/>.
    /// </returns>
    public PublishReply AppendSourced(in RoutedMessage message, ref PublishEffects effects)
    {
        PublishHeaders headers = PublishHeaders.Read(message.Headers);
        if (CheckBefore(headers) is { IsFinal: true } refusal)
            return refusal;
        ulong seen = _ids.Find(headers.MessageId);
        if (seen != 0)
            return PublishReply.Duplicate(seen);
        RoutedMessage renamed = Rename(message);
        if (_stream.Config.AllowCounter)
            return AppendCount(renamed, headers, ref effects);
        PublishReply reply = Check(renamed, headers, out RollupChoice choice);
        return reply.IsFinal
            ? reply
            : _handler.AppendCopy(renamed, headers, choice.Ttl, choice.Scope, timestampNanos: 0, ref effects);
    }

    /// <summary>Without the writer lock: reads what a counter stands at, where <see cref="AppendSourced"/> asks for it.</summary>
    public void Load(ulong sequence) => _counters.Load(sequence);

    /// <summary>Stores what a counter stands at with what another stream's counter has come to.</summary>
    private PublishReply AppendCount(in RoutedMessage message, in PublishHeaders headers, ref PublishEffects effects)
    {
        if (headers.Increment.IsEmpty)
            return PublishReply.Refusal(JetStreamError.MessageIncrMissing);
        if (!SourceHeader.TryParse(headers.StreamSource, out SourceHeader source))
            return PublishReply.Refusal(JetStreamError.MessageCounterBroken);
        PublishReply reply = _counters.Contribute(message.Subject, source, message.Payload, out CounterTotal? total);
        if (reply.IsFinal || total is null)
            return reply;
        byte[] block = HeaderEdits.With(message.Headers, "Nats-Incr"u8, total.Increment!);
        block = HeaderEdits.With(block, "Nats-Counter-Sources"u8, total.InheritedSources!);
        var counted = new RoutedMessage(message.Subject, default, block, total.ToBody(), publisher: null);
        reply = Check(counted, headers, out RollupChoice choice);
        if (reply.IsFinal)
            return reply;
        reply = _handler.AppendCopy(counted, headers, choice.Ttl, choice.Scope, timestampNanos: 0, ref effects);
        if (reply.Kind == PublishReplyKind.Ack)
        {
            total.StoredAs(reply.Number, effects.Appended);
            _counters.Remember(total);
        }

        return reply;
    }

    private RoutedMessage Rename(in RoutedMessage message) => _stream.Renamer is { } renamer
        ? new RoutedMessage(renamer.Rename(message.Subject), default, message.Headers, message.Payload, publisher: null)
        : message;

    private PublishReply CheckBefore(in PublishHeaders headers)
    {
        if (_stream.Config.Sealed)
            return PublishReply.Refusal(JetStreamError.StreamSealed);
        return headers.Increment.IsEmpty || CounterTotal.IsInteger(headers.Increment)
            ? default
            : PublishReply.Refusal(JetStreamError.MessageIncrInvalid);
    }

    private PublishReply Check(in RoutedMessage message, in PublishHeaders headers, out RollupChoice choice)
    {
        StreamConfig config = _stream.Config;
        choice = default;
        PublishReply reply = CheckBefore(headers);
        if (!reply.IsFinal)
            reply = PublishChecks.ReadRollup(headers.Rollup, out choice.Scope);
        if (!reply.IsFinal)
            reply = PublishChecks.CheckSize(config, message.Headers.Length, message.Payload.Length);
        if (reply.IsFinal)
            return reply;
        ApiError? exhausted = _stream.Account.Usage.CheckRoom(
            config.Storage,
            _stream.Log.AccountedSizeBytes(message.Subject.Length, message.Headers.Length, message.Payload.Length));
        if (exhausted is not null)
            return PublishReply.Refusal(exhausted);
        MessageTtl ttl = MessageTtl.Parse(headers.Ttl);
        if (ttl.Kind == MessageTtlKind.Invalid)
            return PublishReply.Refusal(JetStreamError.MessageTTLInvalid);

        // What this stream does not do stays in the headers and is done by nobody here.
        choice.Ttl = config.AllowMessageTtl ? ttl : default;
        if (!config.AllowRollup || config.DenyPurge)
            choice.Scope = Storage.RollupScope.None;
        return default;
    }

    private struct RollupChoice
    {
        public Storage.RollupScope Scope;
        public MessageTtl Ttl;
    }
}
