using System.Text;
using Rivulet.JetStream.Api;
using Rivulet.JetStream.Api.Errors;
using Rivulet.JetStream.Consumers;
using Rivulet.JetStream.Consumers.Api;
using Rivulet.JetStream.Consumers.Configuration;
using Rivulet.JetStream.Consumers.Delivery;
using Rivulet.JetStream.Hosting;
using Rivulet.JetStream.Streams;
using Rivulet.Storage;

namespace Rivulet.JetStream.Origins;

/// <summary>
/// The consumer by which an origin that keeps messages for its consumers only knows what is not copied yet. Nothing is delivered
/// through it: what was copied and is committed in the copying stream counts as delivered and acknowledged.
/// </summary>
/// <remarks>
/// Made and removed in the account's API queue, as all consumers are; the rest belongs to the run of the follower. The one that the
/// configuration of a source names is its user's: it is neither made nor removed.
/// </remarks>
internal sealed class OriginConsumer
{
    private readonly OriginFollower _follower;
    private readonly JetStreamStream _origin;
    private readonly string _name;
    private readonly OriginKind _kind;
    private volatile Consumer? _consumer;
    private volatile ApiError? _error;
    private volatile bool _isAsked;
    private LogPosition _position;
    private ulong _copied;
    private ulong _settled;

    public OriginConsumer(OriginFollower follower, JetStreamStream origin, string name, OriginKind kind)
    {
        _follower = follower;
        _origin = origin;
        _name = name;
        _kind = kind;
    }

    /// <summary>Why there is none.</summary>
    public ApiError? Error => _error;

    private bool IsGiven => _follower.Source.Consumer is not null;

    /// <summary>Makes sure that the origin keeps what is not copied.</summary>
    /// <param name="next">The lowest sequence that is not copied.</param>
    /// <param name="from">Where the consumer goes on: what is before it is not for this copy.</param>
    /// <returns>Whether it does; if not, the follower is woken when it may, or there is an <see cref="Error"/>.</returns>
    public bool TryHold(ulong next, out ulong from)
    {
        from = 0;
        if (_consumer is { IsClosed: true })
            _consumer = null;
        if (_consumer is null && _origin.Consumers.TryGet(_name, out Consumer? found) && TakesTheSame(found))
            Adopt(found, next);
        if (_consumer is { } consumer)
        {
            lock (consumer.Gate)
                from = consumer.Acks.Floor.StreamSequence + 1;
            return true;
        }

        // One that its user has yet to make is looked for again later.
        if (IsGiven && _error is null)
            _error = JetStreamError.ConsumerNotFound;
        if (!IsGiven && !_isAsked)
        {
            _isAsked = true;
            _error = null;
            Enqueue((_, response) => Create(response, next));
        }

        return false;
    }

    /// <summary>What was copied counts as acknowledged once it is committed.</summary>
    /// <param name="position">Its commit in the store of the copying stream.</param>
    /// <param name="upTo">The last sequence of the origin that was copied or passed over.</param>
    public void SettleAfter(LogPosition position, ulong upTo)
    {
        _position = position;
        _copied = upTo;
        MessageStore store = _follower.Target.Store;
        if (store.Committed >= position)
            SettleCommitted();
        else
            store.WhenCommitted(position, _follower);
    }

    /// <summary>Acknowledges what has been committed since.</summary>
    public void SettleCommitted()
    {
        if (_consumer is not { } consumer || _settled >= _copied || _follower.Target.Store.Committed < _position)
            return;
        CopySettlement.Settle(consumer, _copied);
        _settled = _copied;
    }

    /// <summary>Removes it, if it was made for the copy. Any thread.</summary>
    public void Remove()
    {
        if (IsGiven)
            return;
        Enqueue((_, _) =>
        {
            if (_origin.Consumers.TryGet(_name, out Consumer? consumer) && consumer.Config.Sourcing)
                _origin.Consumers.Remove(consumer);
        });
    }

    private bool TakesTheSame(Consumer consumer) =>
        IsGiven || consumer.Config.AllFilters.SequenceEqual(ConfigFor(1).AllFilters);

    private void Adopt(Consumer consumer, ulong next)
    {
        if (consumer.Config.AckPolicy != AckPolicy.FlowControl)
        {
            _error = _kind == OriginKind.Mirror
                ? JetStreamError.MirrorConsumerRequiresAckFC
                : JetStreamError.SourceConsumerRequiresAckFC;
            return;
        }

        _error = null;
        _consumer = consumer;

        // What a crash left copied and not acknowledged.
        if (!IsGiven && next > 1)
            CopySettlement.Settle(consumer, next - 1);
    }

    /// <summary>In the account's API queue.</summary>
    private void Create(ConsumerCreateResponse response, ulong next)
    {
        _isAsked = false;
        if (_origin.IsStopped || _follower.Target.IsStopped)
            return;
        ConsumerConfig config = ConfigFor(next);
        if (_origin.Consumers.TryGet(_name, out Consumer? existing))
        {
            config.DeliverPolicy = existing.Config.DeliverPolicy;
            config.StartSequence = existing.Config.StartSequence;
            config.StartTimeNanos = existing.Config.StartTimeNanos;
        }

        response.Error = ConsumerFactory.CreateOrUpdate(
            _origin.Consumers, config, ConsumerAction.CreateOrUpdate, pedantic: false, out Consumer? consumer);
        _error = response.Error;
        if (consumer is null)
        {
            _follower.Wake();
            return;
        }

        consumer.Release();
        LogPosition position = consumer.Journal?.Position ?? LogPosition.None;
        response.SendAfter(_origin.Store, position, _follower.Wake);
    }

    private ConsumerConfig ConfigFor(ulong next)
    {
        StreamSource source = _follower.Source;
        string[] filters = [.. _follower.Filter.Set.Filters.Select(filter => Encoding.UTF8.GetString(filter.Span))];
        bool takesAll = _follower.Filter.Set.MatchesAll;
        string letter = _kind == OriginKind.Mirror ? "M" : "S";
        return ConsumerMetadata.Stored(new ConsumerConfig
        {
            Name = _name,
            DurableName = _name,
            DeliverSubject = $"$JS.{letter}.{OriginNames.Hash($"{_name} {source.Name} {_origin.Log.CreatedNanos}")}",
            DeliverPolicy = next > 1 ? DeliverPolicy.ByStartSequence : DeliverPolicy.All,
            StartSequence = next > 1 ? next : 0,
            AckPolicy = AckPolicy.FlowControl,
            FlowControl = true,
            HeartbeatNanos = ConsumerConfigDefaults.FlowControlAckHeartbeatNanos,
            FilterSubject = !takesAll && filters.Length == 1 ? filters[0] : null,
            FilterSubjects = !takesAll && filters.Length > 1 ? filters : null,
            Sourcing = true,
            Metadata = Metadata(),
        });
    }

    private SortedDictionary<string, string> Metadata()
    {
        string prefix = _kind == OriginKind.Mirror ? "_nats.mirror." : "_nats.src.";
        JetStreamStream target = _follower.Target;
        var metadata = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            [prefix + "stream"] = target.Name,
            [prefix + "acc"] = target.Account.Name,
        };
        if (target.Account.Engine.Options.Domain is { Length: > 0 } domain)
            metadata[prefix + "domain"] = domain;
        return metadata;
    }

    private void Enqueue(Action<ApiRequest, ConsumerCreateResponse> job)
    {
        var route = new ApiRoute<ConsumerCreateResponse>("", ApiBodyRule.Any, ConsumerJson.Relaxed, job) { Audit = ApiAudit.Never };
        var message = new RoutedMessage(
            Encoding.UTF8.GetBytes("$JS.API.CONSUMER.CREATE." + _origin.Name), default, default, default, publisher: null);
        _origin.Account.Requests.Enqueue(route, new ApiRequest(_origin.Account, message, prefixLength: 0));
    }
}
