using System.Text;
using Rivulet.JetStream.Api.Json;
using Rivulet.JetStream.Consumers.Acks;
using Rivulet.Protocol;

namespace Rivulet.JetStream.Consumers.Events;

/// <summary>Makes the events of one consumer. Any thread.</summary>
internal sealed class ConsumerEvents
{
    private const string AdvisoryType = "io.nats.jetstream.advisory.v1.";
    private const string MetricType = "io.nats.jetstream.metric.v1.";
    private const string AdvisorySubject = "$JS.EVENT.ADVISORY.CONSUMER.";
    private const string MetricSubject = "$JS.EVENT.METRIC.CONSUMER.";

    private readonly string _account;
    private readonly string _stream;
    private readonly string _consumer;
    private readonly string? _domain;
    private readonly Nuid _ids;
    private readonly TimeProvider _time;

    /// <summary>For a consumer.</summary>
    public ConsumerEvents(string account, string stream, string consumer, string? domain, Nuid ids, TimeProvider time)
    {
        _account = account;
        _stream = stream;
        _consumer = consumer;
        _domain = domain;
        _ids = ids;
        _time = time;
    }

    /// <summary>A fresh id, for events and pins.</summary>
    public string NewId() => _ids.Next();

    /// <summary>The consumer was made.</summary>
    public ConsumerEvent Created() => Advisory("CREATED", "consumer_action") with { Action = "create" };

    /// <summary>The consumer was deleted.</summary>
    public ConsumerEvent Deleted() => Advisory("DELETED", "consumer_action") with { Action = "delete" };

    /// <summary>A pause began or ended.</summary>
    public ConsumerEvent Paused(bool paused, long? untilNanos) =>
        Advisory("PAUSE", "consumer_pause") with { Paused = paused, PauseUntilNanos = untilNanos ?? 0 };

    /// <summary>A message is wanted again.</summary>
    public ConsumerEvent Naked(SequencePair sequences, ulong deliveries) =>
        Delivery("MSG_NAKED", "nak", sequences.StreamSequence, deliveries) with
        {
            ConsumerSequence = sequences.ConsumerSequence,
        };

    /// <summary>A message is not to be delivered again.</summary>
    public ConsumerEvent Terminated(SequencePair sequences, ulong deliveries, string? reason) =>
        Delivery("MSG_TERMINATED", "terminated", sequences.StreamSequence, deliveries) with
        {
            ConsumerSequence = sequences.ConsumerSequence,
            Reason = reason,
        };

    /// <summary>A message was given up.</summary>
    public ConsumerEvent MaximumDeliveries(ulong streamSequence, ulong deliveries) =>
        Delivery("MAX_DELIVERIES", "max_deliver", streamSequence, deliveries);

    /// <summary>A client was pinned.</summary>
    public ConsumerEvent Pinned(string group, string pin) =>
        Advisory("PINNED", "consumer_group_pinned") with { Account = _account, Group = group, PinnedId = pin };

    /// <summary>A client lost its pin.</summary>
    public ConsumerEvent Unpinned(string group, string reason) =>
        Advisory("UNPINNED", "consumer_group_unpinned") with { Account = _account, Group = group, Reason = reason };

    /// <summary>A sample of how long acks take.</summary>
    public ConsumerEvent AckSample(SequencePair sequences, ulong deliveries, long ackTimeNanos) =>
        Make(MetricSubject + "ACK", MetricType + "consumer_ack") with
        {
            ConsumerSequence = sequences.ConsumerSequence,
            StreamSequence = sequences.StreamSequence,
            AckTimeNanos = ackTimeNanos,
            Deliveries = deliveries,
        };

    private ConsumerEvent Delivery(string subject, string type, ulong streamSequence, ulong deliveries) =>
        Advisory(subject, type) with { StreamSequence = streamSequence, Deliveries = deliveries };

    private ConsumerEvent Advisory(string subject, string type) => Make(AdvisorySubject + subject, AdvisoryType + type);

    private ConsumerEvent Make(string subject, string type) => new()
    {
        Subject = Encoding.UTF8.GetBytes($"{subject}.{_stream}.{_consumer}"),
        Type = type,
        Id = NewId(),
        TimestampNanos = _time.UnixNanosNow(),
        Stream = _stream,
        Consumer = _consumer,
        Domain = _domain,
    };
}
