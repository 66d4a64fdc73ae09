using Rivulet.JetStream.Api;
using Rivulet.JetStream.Api.Errors;
using Rivulet.JetStream.Api.Json;
using Rivulet.JetStream.Consumers.Configuration;
using Rivulet.JetStream.Consumers.Delivery;
using Rivulet.JetStream.Consumers.Pull;
using Rivulet.JetStream.Hosting;

namespace Rivulet.JetStream.Consumers.Api;

/// <summary>The operations that steer a running consumer: pause, reset, unpin.</summary>
internal static class ConsumerControlApi
{
    /// <summary>Adds the operations to a table.</summary>
    public static void Register(ApiRouteTable routes)
    {
        ConsumerJson json = ConsumerJson.Relaxed;
        routes.Add(new ApiRoute<ConsumerPauseResponse>(
            "CONSUMER.PAUSE.*.*", ApiBodyRule.Any, json, Pause));
        routes.Add(new ApiRoute<ConsumerResetResponse>(
            "CONSUMER.RESET.*.*", ApiBodyRule.Any, json, Reset) { Audit = ApiAudit.Never });
        routes.Add(new ApiRoute<ConsumerUnpinResponse>(
            "CONSUMER.UNPIN.*.*", ApiBodyRule.Any, json, Unpin));
    }

    private static void Pause(ApiRequest request, ConsumerPauseResponse response)
    {
        var body = new Body();
        if (!request.TryReadOptional("JSApiConsumerPauseRequest", body, Body.ReadPause, response)
            || !ConsumerApi.TryFind(request, response, out Consumer consumer))
        {
            return;
        }

        // The zero time, and everything as long ago, means "not at all".
        long? until = body.PauseUntilNanos > long.MinValue ? body.PauseUntilNanos : null;
        ConsumerConfig config = ConsumerMetadata.Stored(consumer.Config with { PauseUntilNanos = until });
        ConsumerFactory.Apply(consumer, config);
        long remaining = (until ?? 0) - consumer.Time.UnixNanosNow();
        response.PauseUntilNanos = until ?? 0;
        response.Paused = remaining > 0;
        response.PauseRemainingNanos = Math.Max(0, remaining);
        if (consumer.Journal is { } journal)
            response.SendAfter(consumer.Stream.Store, journal.Position);
    }

    private static void Reset(ApiRequest request, ConsumerResetResponse response)
    {
        var body = new Body();
        if (request.Body.Length > 0
            && PlainJson.Read(request.Body, "JSApiConsumerResetRequest", body, Body.ReadReset) is { } mistake)
        {
            response.Error = JetStreamError.InvalidJSON.With(mistake);
            return;
        }

        if (!ConsumerApi.TryFind(request, response, out Consumer consumer))
            return;

        ulong sequence = body.Sequence == 0 ? consumer.Acks.SettledFloor.StreamSequence + 1 : body.Sequence;
        if (body.Sequence > 0 && FindResetRefusal(consumer, body.Sequence) is { } reason)
        {
            response.Error = JetStreamError.ConsumerInvalidReset.With(reason);
            return;
        }

        lock (consumer.Gate)
        {
            if (consumer.IsClosed)
            {
                response.Error = JetStreamError.ConsumerNotFound;
                return;
            }

            consumer.Acks.Reset(before: sequence - 1);
            consumer.Cursor.MoveTo(new StartingPoint(sequence));
            consumer.MustCount = true;
            consumer.LastDeliveredNanos = consumer.LastAckedNanos = 0;
            consumer.Journal?.WriteRecord(consumer.Acks);
        }

        consumer.Journal?.HandOver();
        consumer.Stream.Consumed.Sweep();
        consumer.Wake();
        response.ResetSequence = sequence;
        SourcingRequest.Identify(request, consumer.Stream, response);
        if (!ConsumerInfoWriter.TryFill(response, consumer, shown: true))
            response.Error = JetStreamError.ConsumerNotFound;
        else if (consumer.Journal is { } journal)
            response.SendAfter(consumer.Stream.Store, journal.Position);
    }

    private static string? FindResetRefusal(Consumer consumer, ulong sequence)
    {
        ConsumerConfig config = consumer.Config;
        return config.DeliverPolicy switch
        {
            DeliverPolicy.All => null,
            DeliverPolicy.ByStartSequence => sequence < config.StartSequence ? "below start seq" : null,
            DeliverPolicy.ByStartTime =>
                sequence < consumer.Stream.Log.FindByTime(config.StartTimeNanos ?? 0) ? "below start time" : null,
            _ => "not allowed",
        };
    }

    private static void Unpin(ApiRequest request, ConsumerUnpinResponse response)
    {
        var body = new Body();
        if (PlainJson.Read(request.Body, "JSApiConsumerUnpinRequest", body, Body.ReadUnpin) is { } mistake)
        {
            response.Error = JetStreamError.InvalidJSON.With(mistake);
            return;
        }

        if (body.Group.Length == 0)
            response.Error = JetStreamError.InvalidJSON.With("consumer group not specified");
        else if (!ConsumerConfigValidation.IsValidGroupName(body.Group))
            response.Error = JetStreamError.ConsumerInvalidGroupName;
        if (response.Error is null && ConsumerApi.TryFind(request, response, out Consumer consumer))
            Unpin(consumer, body.Group, response);
    }

    private static void Unpin(Consumer consumer, string group, ConsumerUnpinResponse response)
    {
        if (consumer.Config.PriorityGroups?.Contains(group) != true)
        {
            response.Error = JetStreamError.ConsumerInvalidPriorityGroup;
            return;
        }

        List<Outbox.Outgoing>? toSend;
        lock (consumer.Gate)
        {
            if (consumer.Target is PullTarget { Pin: { } pin })
                pin.Unpin(group, "admin", consumer.Outbox);
            toSend = consumer.Outbox.Take();
        }

        DeliveryBatch batch = consumer.Router.CreateBatch();
        Outbox.Send(toSend, consumer.Router, batch);
        batch.Flush();
        consumer.Wake();
    }

    private sealed class Body
    {
        public long? PauseUntilNanos { get; private set; }

        public ulong Sequence { get; private set; }

        public string Group { get; private set; } = "";

        public static bool ReadPause(ref RequestReader json, Body body)
        {
            if (!json.Is("pause_until"))
                return false;
            body.PauseUntilNanos = json.Time();
            return true;
        }

        public static bool ReadReset(ref RequestReader json, Body body)
        {
            if (!json.Is("seq"))
                return false;
            body.Sequence = json.UInt64(body.Sequence);
            return true;
        }

        public static bool ReadUnpin(ref RequestReader json, Body body)
        {
            if (!json.Is("group"))
                return false;
            body.Group = json.String(body.Group);
            return true;
        }
    }
}
