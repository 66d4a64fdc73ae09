using System.Diagnostics.CodeAnalysis;
using System.Text;
using Rivulet.JetStream.Api.Json;
using Rivulet.JetStream.Consumers.Acks;
using Rivulet.JetStream.Hosting;
using Rivulet.Protocol;

namespace Rivulet.JetStream.Consumers.Events;

/// <summary>
/// Makes the events of one consumer that somebody listens for; of the others it returns <c>null</c>, and allocates nothing.
/// Any thread, under the consumer's lock or not.
/// </summary>
internal sealed class ConsumerEvents
{
    private const string AdvisoryType = "io.nats.jetstream.advisory.v1.";
    private const string MetricType = "io.nats.jetstream.metric.v1.";

    private readonly IAccountRouter _router;
    private readonly TimeProvider _time;
    private readonly string _stream;
    private readonly string _consumer;
    private readonly string? _domain;
    private readonly Nuid _ids;

    // What all subjects end with: the names of stream and consumer.
    private readonly byte[] _place;

    /// <summary>For a consumer.</summary>
    public ConsumerEvents(JetStreamAccount account, string stream, string consumer, Nuid ids)
    {
        _router = account.Router;
        _time = account.Engine.Host.Time;
        _domain = account.Engine.Options.Domain;
        _stream = stream;
        _consumer = consumer;
        _ids = ids;
        _place = Encoding.UTF8.GetBytes($"{stream}.{consumer}");
    }

    /// <summary>A fresh id, for events and pins.</summary>
    public string NewId() => _ids.Next();

    /// <summary>The consumer was made.</summary>
    public ConsumerEvent? Created() =>
        TryBegin("$JS.EVENT.ADVISORY.CONSUMER.CREATED."u8, AdvisoryType + "consumer_action", out ConsumerEvent? begun)
            ? begun with { Action = "create" }
            : null;

    /// <summary>The consumer was deleted.</summary>
    public ConsumerEvent? Deleted() =>
        TryBegin("$JS.EVENT.ADVISORY.CONSUMER.DELETED."u8, AdvisoryType + "consumer_action", out ConsumerEvent? begun)
            ? begun with { Action = "delete" }
            : null;

    /// <summary>A pause began or ended.</summary>
    public ConsumerEvent? Paused(bool paused, long? untilNanos) =>
        TryBegin("$JS.EVENT.ADVISORY.CONSUMER.PAUSE."u8, AdvisoryType + "consumer_pause", out ConsumerEvent? begun)
            ? begun with { Paused = paused, PauseUntilNanos = untilNanos ?? 0 }
            : null;

    /// <summary>A message is wanted again.</summary>
    public ConsumerEvent? Naked(SequencePair sequences, ulong deliveries) =>
        TryBegin("$JS.EVENT.ADVISORY.CONSUMER.MSG_NAKED."u8, AdvisoryType + "nak", out ConsumerEvent? begun)
            ? Delivery(begun, sequences, deliveries)
            : null;

    /// <summary>A message is not to be delivered again.</summary>
    public ConsumerEvent? Terminated(SequencePair sequences, ulong deliveries, ReadOnlySpan<byte> reason) =>
        TryBegin("$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED."u8, AdvisoryType + "terminated", out ConsumerEvent? begun)
            ? Delivery(begun, sequences, deliveries) with { Reason = reason.IsEmpty ? null : Encoding.UTF8.GetString(reason) }
            : null;

    /// <summary>A message was given up.</summary>
    public ConsumerEvent? MaximumDeliveries(ulong streamSequence, ulong deliveries) =>
        TryBegin("$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES."u8, AdvisoryType + "max_deliver", out ConsumerEvent? begun)
            ? begun with { StreamSequence = streamSequence, Deliveries = deliveries }
            : null;

    /// <summary>A client was pinned.</summary>
    public ConsumerEvent? Pinned(string group, string pin) =>
        TryBegin("$JS.EVENT.ADVISORY.CONSUMER.PINNED."u8, AdvisoryType + "consumer_group_pinned", out ConsumerEvent? begun)
            ? begun with { Account = _router.AccountName, Group = group, PinnedId = pin }
            : null;

    /// <summary>A client lost its pin.</summary>
    public ConsumerEvent? Unpinned(string group, string reason) =>
        TryBegin("$JS.EVENT.ADVISORY.CONSUMER.UNPINNED."u8, AdvisoryType + "consumer_group_unpinned", out ConsumerEvent? begun)
            ? begun with { Account = _router.AccountName, Group = group, Reason = reason }
            : null;

    /// <summary>A sample of how long acks take.</summary>
    public ConsumerEvent? AckSample(SequencePair sequences, ulong deliveries, long ackTimeNanos) =>
        TryBegin("$JS.EVENT.METRIC.CONSUMER.ACK."u8, MetricType + "consumer_ack", out ConsumerEvent? begun)
            ? Delivery(begun, sequences, deliveries) with { AckTimeNanos = ackTimeNanos }
            : null;

    private static ConsumerEvent Delivery(ConsumerEvent begun, SequencePair sequences, ulong deliveries) => begun with
    {
        ConsumerSequence = sequences.ConsumerSequence,
        StreamSequence = sequences.StreamSequence,
        Deliveries = deliveries,
    };

    /// <summary>Begins an event if anyone listens.</summary>
    private bool TryBegin(ReadOnlySpan<byte> subjectPrefix, string type, [NotNullWhen(true)] out ConsumerEvent? begun)
    {
        // Names have 255 characters at most.
        Span<byte> subject = stackalloc byte[subjectPrefix.Length + _place.Length];
        subjectPrefix.CopyTo(subject);
        _place.CopyTo(subject[subjectPrefix.Length..]);
        begun = !_router.IsHeard(subject)
            ? null
            : new ConsumerEvent
            {
                Subject = subject.ToArray(),
                Type = type,
                Id = NewId(),
                TimestampNanos = _time.UnixNanosNow(),
                Stream = _stream,
                Consumer = _consumer,
                Domain = _domain,
            };
        return begun is not null;
    }
}
