using System.Text;
using Rivulet.JetStream.Api.Errors;
using Rivulet.JetStream.Api.Json;
using Rivulet.JetStream.Consumers.Acks;
using Rivulet.JetStream.Consumers.Configuration;
using Rivulet.JetStream.Consumers.Delivery;
using Rivulet.JetStream.Consumers.Push;
using Rivulet.JetStream.Hosting;
using Rivulet.JetStream.Streams;
using Rivulet.Protocol;

namespace Rivulet.JetStream.Consumers;

/// <summary>
/// Makes consumers, and brings existing ones to another configuration. Runs in the account's queue of API requests, so one
/// thing at a time.
/// </summary>
internal static class ConsumerFactory
{
    /// <summary>Consumers of a stream that sets no limit of its own.</summary>
    public const int ConsumersMaxByDefault = 1000;

    private const int GeneratedNameLength = 8;

    /// <summary>
    /// Makes a consumer, or updates the one that is there. A new one listens, and has to be released to deliver.
    /// </summary>
    /// <param name="set">Consumers of the stream.</param>
    /// <param name="asked">Configuration asked for, its name settled.</param>
    /// <param name="action">What may become of an existing or a missing one.</param>
    /// <param name="pedantic">Whether to refuse what would have to be adjusted.</param>
    /// <param name="consumer">The consumer; <c>null</c> with an error.</param>
    /// <returns>The refusal; <c>null</c> if there is none.</returns>
    public static ApiError? CreateOrUpdate(
        ConsumerSet set, ConsumerConfig asked, ConsumerAction action, bool pedantic, out Consumer? consumer)
    {
        consumer = null;
        StreamConfig stream = set.Stream.Config;
        AccountLimits account = set.Stream.Account.Limits;
        if (!account.HasTierOf(asked.Replicas > 0 ? asked.Replicas : stream.Replicas))
            return JetStreamError.NoLimits;
        ApiError? error = ConsumerConfigDefaults.Apply(
            asked, stream.ConsumerLimits, account, pedantic, out ConsumerConfig config);
        error ??= ConsumerConfigValidation.Check(config, stream, account);
        if (error is not null)
            return error;

        string? name = config.DurableName ?? config.Name;
        if (name is not null && set.TryGet(name, out Consumer? existing))
        {
            consumer = existing;
            return Update(existing, config, action);
        }

        if (action == ConsumerAction.Update)
            return JetStreamError.ConsumerDoesNotExist;
        return CheckRoom(set, config) ?? CheckWorkQueue(set, config, name) ?? Create(set, config, name, out consumer);
    }

    /// <summary>How long a consumer may go unused before it is removed; 0 for ever.</summary>
    public static long RemoveAfter(ConsumerSet set, ConsumerConfig config)
    {
        if (config.InactiveThresholdNanos <= 0)
            return 0;

        // Clients that look for their consumer at the very end of its time should still find it.
        bool needsSlack = !config.IsPush || config.InactiveThresholdNanos == ConsumerConfigDefaults.InactiveThresholdNanos;
        long slack = needsSlack ? (100 + set.NewRandom().Next(900)) * Nanos.PerMillisecond : 0;
        return Nanos.SaturatingAdd(config.InactiveThresholdNanos, slack);
    }

    /// <summary>Takes another configuration over, after it was found fit.</summary>
    public static void Apply(Consumer consumer, ConsumerConfig config)
    {
        FilterSet filters = consumer.Filters;
        bool isMoved;
        lock (consumer.Gate)
        {
            isMoved = consumer.Config.DeliverSubject != config.DeliverSubject;
            consumer.Reconfigure(config, RemoveAfter(consumer.Set, config));
        }

        consumer.Journal?.HandOver();
        if (!ReferenceEquals(filters, consumer.Filters))
            consumer.Set.ReplaceFilters(consumer, filters);
        if (isMoved)
            consumer.WatchDeliverSubject();
        consumer.Wake();
    }

    private static ApiError? Update(Consumer consumer, ConsumerConfig config, ConsumerAction action)
    {
        // What is asked for is compared as it is: an ephemeral consumer has a threshold that its creation need not have named.
        if (action == ConsumerAction.Create && !consumer.Config.HasSameContent(config))
            return JetStreamError.ConsumerAlreadyExists;
        config = ConsumerConfigDefaults.WithInactiveThreshold(config);
        bool isSame = consumer.Config.HasSameContent(config);
        if (isSame)
            return null;
        if (consumer.Stream.Config.Retention == RetentionPolicy.WorkQueue && OverlapsOthers(consumer.Set, config, consumer.Name))
            return JetStreamError.ConsumerWQConsumerNotUnique;
        bool isBound = consumer.Target is PushTarget { IsBound: true };
        if (ConsumerConfigComparison.FindForbiddenChange(consumer.Config, config, isBound) is { } error)
            return error;
        Apply(consumer, config);
        return null;
    }

    private static ApiError? CheckRoom(ConsumerSet set, ConsumerConfig config)
    {
        if (config.Direct || config.Sourcing)
            return null;
        long max = set.Stream.Config.MaxConsumers;
        int accountMax = set.Stream.Account.Limits.MaxConsumers;
        if (max <= 0 || (accountMax > 0 && accountMax < max))
            max = accountMax > 0 ? accountMax : ConsumersMaxByDefault;
        return Limitable(set).Count() >= max ? JetStreamError.MaximumConsumersLimit : null;
    }

    private static ApiError? CheckWorkQueue(ConsumerSet set, ConsumerConfig config, string? name)
    {
        if (set.Stream.Config.Retention != RetentionPolicy.WorkQueue || config.Direct || config.Sourcing)
            return null;
        if (config.AckPolicy is not (AckPolicy.Explicit or AckPolicy.FlowControl))
            return JetStreamError.ConsumerWQRequiresExplicitAck;
        if (config.DeliverPolicy != DeliverPolicy.All)
            return JetStreamError.ConsumerWQConsumerNotDeliverAll;
        if (!Limitable(set).Any())
            return null;
        if (config.AllFilters.Count == 0)
            return JetStreamError.ConsumerWQMultipleUnfiltered;
        return OverlapsOthers(set, config, name) ? JetStreamError.ConsumerWQConsumerNotUnique : null;
    }

    private static bool OverlapsOthers(ConsumerSet set, ConsumerConfig config, string? name)
    {
        foreach (Consumer other in Limitable(set).Where(other => other.Name != name))
        {
            if (other.Config.AllFilters.Count == 0 && config.AllFilters.Count > 0)
                return true;
            foreach (string theirs in other.Config.AllFilters)
            {
                byte[] bytes = Encoding.UTF8.GetBytes(theirs);
                if (config.AllFilters.Any(ours => Subject.Overlaps(Encoding.UTF8.GetBytes(ours), bytes)))
                    return true;
            }
        }

        return false;
    }

    private static IEnumerable<Consumer> Limitable(ConsumerSet set) =>
        set.All().Where(consumer => consumer.Config is { Direct: false, Sourcing: false });

    private static ApiError? Create(ConsumerSet set, ConsumerConfig config, string? name, out Consumer? consumer)
    {
        consumer = null;
        if (name?.Length > ConsumerConfigValidation.NameLengthMax)
        {
            return config.IsDurable
                ? JetStreamError.ConsumerNameTooLong.With($"{ConsumerConfigValidation.NameLengthMax}")
                : JetStreamError.ConsumerCreate.With("error creating store for consumer");
        }

        config = ConsumerConfigDefaults.WithInactiveThreshold(config);
        name ??= NewName(set);

        JetStreamStream stream = set.Stream;
        StartingPoint start = StartingPoint.Choose(
            config, FilterSet.From(config.AllFilters), stream.Log, stream.Config.MaxMessagesPerSubject == 1);
        long createdNanos = stream.Account.Engine.Host.Time.UnixNanosNow();
        var acks = new AckState(config.AckPolicy, before: start.First - 1);
        var made = new Consumer(set, name, config, createdNanos, acks, start, RemoveAfter(set, config));
        lock (made.Gate)
            made.Cursor.BeginCounting();
        if (!set.Add(made))
            return JetStreamError.StreamNotFound;

        (ulong count, ulong upTo) = made.CountFrom(start.Next);
        lock (made.Gate)
        {
            made.Cursor.EndCounting(start.Next, count, upTo);
            made.Journal?.WriteRecord(acks);
            made.Outbox.Add(made.Events.Created());
        }

        made.Journal?.HandOver();
        made.Start();
        consumer = made;
        return null;
    }

    /// <summary>A name that no consumer of the stream has.</summary>
    public static string NewName(ConsumerSet set)
    {
        const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        Random random = set.NewRandom();
        while (true)
        {
            string name = new(random.GetItems(Letters.AsSpan(), GeneratedNameLength));
            if (!set.TryGet(name, out _))
                return name;
        }
    }
}
