using Rivulet.JetStream.Api.Errors;
using Rivulet.JetStream.Api.Json;
using Rivulet.JetStream.Api;
using Rivulet.JetStream.Consumers.Configuration;
using Rivulet.JetStream.Consumers.Pull;
using Rivulet.JetStream.Hosting;
using Rivulet.JetStream.Streams;
using Rivulet.Storage;

namespace Rivulet.JetStream.Consumers.Api;

/// <summary>The operations on consumers: create, info, names, list, delete, next message.</summary>
internal static class ConsumerApi
{
    private const int NamesPerPage = 1024;
    private const int ConsumersPerPage = 256;

    /// <summary>Adds the operations to a table.</summary>
    public static void Register(ApiRouteTable routes)
    {
        ConsumerJson json = ConsumerJson.Relaxed;
        foreach (string pattern in (string[])["CONSUMER.DURABLE.CREATE.*.*", "CONSUMER.CREATE.*", "CONSUMER.CREATE.*.>"])
            routes.Add(new ApiRoute<ConsumerCreateResponse>(pattern, ApiBodyRule.Any, json, Create));
        routes.Add(new ApiRoute<ConsumerInfoResponse>(
            "CONSUMER.INFO.*.*", ApiBodyRule.Empty, json, Info));
        routes.Add(new ApiRoute<ConsumerNamesResponse>(
            "CONSUMER.NAMES.*", ApiBodyRule.Any, json, Names));
        routes.Add(new ApiRoute<ConsumerListResponse>(
            "CONSUMER.LIST.*", ApiBodyRule.Any, json, List));
        routes.Add(new ApiRoute<ConsumerDeleteResponse>(
            "CONSUMER.DELETE.*.*", ApiBodyRule.Empty, json, Delete));
        ConsumerControlApi.Register(routes);
        routes.Add(new InlineRoute("CONSUMER.MSG.NEXT.*.*", Next));
    }

    /// <summary>The consumer that the subject of the request names.</summary>
    /// <param name="request">The request.</param>
    /// <param name="response">Gets the error.</param>
    /// <param name="consumer">The consumer.</param>
    /// <param name="evenIfFailed">Whether one that has failed will do.</param>
    internal static bool TryFind(
        ApiRequest request, ApiResponse response, out Consumer consumer, bool evenIfFailed = false)
    {
        consumer = null!;
        if (!request.Account.TryGetStream(request.StreamName, out JetStreamStream? stream))
        {
            response.Error = JetStreamError.StreamNotFound;
            return false;
        }

        if (!stream.Consumers.TryGet(request.Token(3), out Consumer? found))
            response.Error = JetStreamError.ConsumerNotFound;
        else if (found.Failure is { } failure && !evenIfFailed)
            response.Error = JetStreamError.ConsumerOfflineReason.With(failure.Message);
        else
            consumer = found;
        return response.Error is null;
    }

    private static void Create(ApiRequest request, ConsumerCreateResponse response)
    {
        var body = new ConsumerCreateRequest();
        if (ConsumerConfigReader.Read(request.Body, request.IsStrict, body) is { } mistake)
        {
            response.Error = JetStreamError.InvalidJSON.With(mistake);
            return;
        }

        response.Error = ConsumerCreateSubject.Check(request, body);
        if (response.Error is not null)
            return;
        if (!request.Account.TryGetStream(body.StreamName, out JetStreamStream? stream))
        {
            response.Error = JetStreamError.StreamNotFound;
            return;
        }

        response.Error = SourcingRequest.Prepare(request, body.Config, stream, response);
        if (response.Error is not null)
            return;

        // A pause is set when the consumer is made, and by its own request afterwards.
        if (body.Config.Name is { } name && stream.Consumers.TryGet(name, out Consumer? existing))
            body.Config.PauseUntilNanos = existing.Config.PauseUntilNanos;
        ConsumerConfig config = ConsumerMetadata.Stored(body.Config);
        response.Error = ConsumerFactory.CreateOrUpdate(
            stream.Consumers, config, body.Action, body.Pedantic, out Consumer? consumer);
        if (response.Error is not null)
            return;
        if (!ConsumerInfoWriter.TryFill(response, consumer!, shown: true))
            response.Error = JetStreamError.ConsumerNotFound;
        else if (consumer!.Journal is { } journal)
            response.SendAfter(stream.Store, journal.Position);

        // Whoever asks for a consumer that is paused hears of it each time.
        lock (consumer!.Gate)
        {
            if (consumer.IsPaused(consumer.Time.UnixNanosNow()))
                consumer.ReportPause();
        }

        // The answer tells how many messages are ahead; delivery begins when that is settled.
        consumer!.Release();
    }

    private static void Info(ApiRequest request, ConsumerInfoResponse response)
    {
        if (TryFind(request, response, out Consumer consumer)
            && !ConsumerInfoWriter.TryFill(response, consumer, shown: true))
        {
            response.Error = JetStreamError.ConsumerNotFound;
        }
    }

    private static void Delete(ApiRequest request, ConsumerDeleteResponse response)
    {
        if (!TryFind(request, response, out Consumer consumer, evenIfFailed: true))
            return;
        consumer.Set.Remove(consumer);
        response.Success = true;

        // What only this consumer needed is gone when the answer comes, and not offered to the next one.
        LogPosition position = consumer.Journal?.Position ?? LogPosition.None;
        lock (consumer.Stream.WriterLock)
            position = LogPosition.Max(position, consumer.Stream.Consumed.Position);
        if (position != LogPosition.None)
            response.SendAfter(consumer.Stream.Store, position);
    }

    private static void Names(ApiRequest request, ConsumerNamesResponse response)
    {
        if (TryPage(request, response, "JSApiConsumersRequest", NamesPerPage, out List<Consumer> page))
            response.Consumers = page.ConvertAll(consumer => consumer.Name);
    }

    private static void List(ApiRequest request, ConsumerListResponse response)
    {
        if (!TryPage(request, response, "JSApiConsumersRequest", ConsumersPerPage, out List<Consumer> page))
            return;
        var infos = new List<ConsumerInfo>(page.Count);
        foreach (Consumer consumer in page)
        {
            var info = new ConsumerInfo();
            if (ConsumerInfoWriter.TryFill(info, consumer, shown: false))
                infos.Add(info);
        }

        response.Consumers = infos;
    }

    private static bool TryPage(
        ApiRequest request, ConsumerPageResponse response, string type, int pageSize, out List<Consumer> page)
    {
        page = [];
        var body = new PageRequest();
        if (!request.TryReadOptional(type, body, PageRequest.ReadMember, response))
            return false;
        if (!request.Account.TryGetStream(request.StreamName, out JetStreamStream? stream))
        {
            response.Error = JetStreamError.StreamNotFound;
            return false;
        }

        List<Consumer> all = stream.Consumers.Shown();
        int offset = (int)Math.Clamp(body.Offset, 0, all.Count);
        page = all.GetRange(offset, Math.Min(pageSize, all.Count - offset));
        (response.Total, response.Offset, response.Limit) = (all.Count, offset, pageSize);
        return true;
    }

    // Runs in the receive loop. Whoever asks for a stream or consumer that is not there learns that nobody answers.
    private static bool Next(
        JetStreamAccount account, ReadOnlySpan<byte> operation, in RoutedMessage message, DeliveryBatch batch)
    {
        ReadOnlySpan<byte> names = operation["CONSUMER.MSG.NEXT.".Length..];
        int dot = names.IndexOf((byte)'.');
        if (!account.Directory.TryGet(names[..dot], out JetStreamStream? stream)
            || !stream.Consumers.TryGet(names[(dot + 1)..], out Consumer? consumer))
        {
            return false;
        }

        PullHandler.Handle(consumer, message.Reply, message.Headers, message.Payload, batch);
        return true;
    }

    private sealed class PageRequest
    {
        public long Offset { get; private set; }

        public static bool ReadMember(ref RequestReader json, PageRequest request)
        {
            if (!json.Is("offset"))
                return false;
            request.Offset = json.Int(request.Offset);
            return true;
        }
    }
}
