using System.Runtime.CompilerServices;

namespace Rivulet.Client.JetStream;

/// <summary>One stream: what it holds, and its consumers. Safe to use from any thread.</summary>
public sealed class JetStreamStream
{
    private StreamInfo? _cachedInfo;

    internal JetStreamStream(JetStreamContext context, string name, StreamInfo? info)
    {
        Context = context;
        Name = name;
        _cachedInfo = info;
    }

    /// <summary>The context it came from.</summary>
    public JetStreamContext Context { get; }

    /// <summary>Name.</summary>
    public string Name { get; }

    /// <summary>What the server last said of it; null if it was not asked yet.</summary>
    public StreamInfo? CachedInfo => Volatile.Read(ref _cachedInfo);

    private ApiClient Api => Context.Api;

    private static JetStreamJsonContext Json => JetStreamJsonContext.Default;

    /// <summary>What the server says of it now.</summary>
    /// <param name="subjectFilter">Counts messages by subject for subjects that match, over as many requests as needed.</param>
    /// <param name="deletedDetails">True: lists deleted sequences.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="JetStreamApiException">There is no such stream (10059).</exception>
    public async ValueTask<StreamInfo> GetInfoAsync(
        string? subjectFilter = null, bool deletedDetails = false, CancellationToken cancellationToken = default) =>
        (await TryGetInfoAsync(subjectFilter, deletedDetails, cancellationToken).ConfigureAwait(false)).Value;

    /// <summary>As <see cref="GetInfoAsync"/>, with failures as a result.</summary>
    public async ValueTask<NatsResult<StreamInfo>> TryGetInfoAsync(
        string? subjectFilter = null, bool deletedDetails = false, CancellationToken cancellationToken = default)
    {
        StreamInfoRequest request = new() { SubjectsFilter = subjectFilter, DeletedDetails = deletedDetails };
        NatsResult<NatsMessage> answer = await AskInfoAsync(request, cancellationToken).ConfigureAwait(false);
        NatsResult<StreamInfo> result = ApiClient.Read(answer, Json.StreamInfo);
        if (!result.TryGetValue(out StreamInfo? info))
            return result;
        if (subjectFilter is not null)
        {
            NatsResult<StreamInfo> complete =
                await AddSubjectPagesAsync(info, answer, request, cancellationToken).ConfigureAwait(false);
            if (!complete.TryGetValue(out info))
                return complete;
        }

        Volatile.Write(ref _cachedInfo, info);
        return info;
    }

    /// <summary>Removes messages. Returns how many.</summary>
    /// <exception cref="JetStreamApiException">The stream refused, or there is no such stream (10059).</exception>
    public async ValueTask<ulong> PurgeAsync(
        StreamPurgeOptions? options = null, CancellationToken cancellationToken = default)
    {
        StreamPurgeRequest request = new()
        {
            Filter = options?.Filter,
            Sequence = options?.BeforeSequence ?? 0,
            Keep = options?.Keep ?? 0,
        };
        return (await Api.TryAskAsync(
            $"STREAM.PURGE.{Name}", request, Json.StreamPurgeRequest, Json.PurgeResponse, cancellationToken)
            .ConfigureAwait(false)).Value.Purged;
    }

    /// <summary>Reads a message through the API.</summary>
    /// <exception cref="JetStreamMessageNotFoundException">There is none.</exception>
    public async ValueTask<StoredMessage> GetMessageAsync(
        MessageSelector selector, CancellationToken cancellationToken = default) =>
        (await TryGetMessageAsync(selector, cancellationToken).ConfigureAwait(false)).Value;

    /// <summary>As <see cref="GetMessageAsync"/>, with failures as a result.</summary>
    public async ValueTask<NatsResult<StoredMessage>> TryGetMessageAsync(
        MessageSelector selector, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(selector);
        NatsResult<MessageGetResponse> answer = await Api.TryAskAsync(
            $"STREAM.MSG.GET.{Name}",
            MessageGetRequest.From(selector),
            Json.MessageGetRequest,
            Json.MessageGetResponse,
            cancellationToken).ConfigureAwait(false);
        if (answer.TryGetValue(out MessageGetResponse? response))
        {
            return response.Message is { } message
                ? StoredMessage.FromApi(Context.Connection, message)
                : new NatsProtocolException("the answer of the JetStream API holds no message");
        }

        return answer.Error is JetStreamApiException { ErrorCode: ApiErrorCodes.MessageNotFound } none
            ? new JetStreamMessageNotFoundException(none.Description, none.Error)
            : answer.Error!;
    }

    /// <summary>Reads a message directly. Needs <see cref="StreamConfig.AllowDirect"/>.</summary>
    /// <exception cref="JetStreamMessageNotFoundException">There is none.</exception>
    /// <exception cref="NatsNoRespondersException">The stream does not exist or does not allow it.</exception>
    public async ValueTask<StoredMessage> GetDirectAsync(
        MessageSelector selector, CancellationToken cancellationToken = default) =>
        (await TryGetDirectAsync(selector, cancellationToken).ConfigureAwait(false)).Value;

    /// <summary>As <see cref="GetDirectAsync"/>, with failures as a result.</summary>
    public async ValueTask<NatsResult<StoredMessage>> TryGetDirectAsync(
        MessageSelector selector, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(selector);
        return DirectGet.Read(await Api.TryAskAsync(
            $"DIRECT.GET.{Name}", MessageGetRequest.From(selector), Json.MessageGetRequest, cancellationToken)
            .ConfigureAwait(false));
    }

    /// <summary>Reads a row of messages in one request. Needs <see cref="StreamConfig.AllowDirect"/>.</summary>
    /// <exception cref="JetStreamStatusException">The server refused or broke off.</exception>
    public IAsyncEnumerable<StoredMessage> GetDirectBatchAsync(
        DirectBatchRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return DirectGet.ReadManyAsync(
            Context,
            Name,
            new MessageGetRequest
            {
                Batch = request.MaxMessages > 0 ? request.MaxMessages : int.MaxValue,
                MaxBytes = request.MaxBytes,
                Sequence = request.FromTime is null ? Math.Max(1, request.FromSequence) : 0,
                StartTime = request.FromTime,
                NextBySubject = request.Filter,
            },
            cancellationToken);
    }

    /// <summary>Reads the last message of many subjects in one request. Needs <see cref="StreamConfig.AllowDirect"/>.</summary>
    /// <exception cref="JetStreamStatusException">The server refused (413: too many subjects match) or broke off.</exception>
    public IAsyncEnumerable<StoredMessage> GetDirectLastAsync(
        DirectLastRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return DirectGet.ReadManyAsync(
            Context,
            Name,
            new MessageGetRequest
            {
                MultiLast = request.Filters,
                UpToSequence = request.UpToSequence,
                UpToTime = request.UpToTime,
                Batch = request.MaxMessages,
                MaxBytes = request.MaxBytes,
            },
            cancellationToken);
    }

    /// <summary>Deletes a message; its payload is overwritten unless <paramref name="erase"/> is false.</summary>
    /// <exception cref="JetStreamApiException">The stream refused, or holds no such message.</exception>
    public async ValueTask DeleteMessageAsync(
        ulong sequence, bool erase = true, CancellationToken cancellationToken = default)
    {
        MessageDeleteRequest request = new() { Sequence = sequence, NoErase = !erase };
        _ = (await Api.TryAskAsync(
            $"STREAM.MSG.DELETE.{Name}", request, Json.MessageDeleteRequest, Json.SuccessResponse, cancellationToken)
            .ConfigureAwait(false)).Value;
    }

    /// <summary>Creates a consumer. An existing one with the same configuration is returned.</summary>
    /// <exception cref="JetStreamApiException">The server refused; 10148: it exists with another configuration.</exception>
    public ValueTask<JetStreamConsumer> CreateConsumerAsync(
        ConsumerConfig config, CancellationToken cancellationToken = default) =>
        ConfigureConsumerAsync(config, ConsumerCreateRequest.Create, cancellationToken);

    /// <summary>Changes a consumer's configuration.</summary>
    /// <exception cref="JetStreamApiException">The server refused; 10149: there is no such consumer.</exception>
    public ValueTask<JetStreamConsumer> UpdateConsumerAsync(
        ConsumerConfig config, CancellationToken cancellationToken = default) =>
        ConfigureConsumerAsync(config, ConsumerCreateRequest.Update, cancellationToken);

    /// <summary>Creates a consumer, or changes the configuration of the one that is there.</summary>
    /// <exception cref="JetStreamApiException">The server refused.</exception>
    public ValueTask<JetStreamConsumer> CreateOrUpdateConsumerAsync(
        ConsumerConfig config, CancellationToken cancellationToken = default) =>
        ConfigureConsumerAsync(config, ConsumerCreateRequest.CreateOrUpdate, cancellationToken);

    /// <summary>A consumer that exists: asks the server for it.</summary>
    /// <exception cref="JetStreamApiException">There is no such consumer (10014).</exception>
    public async ValueTask<JetStreamConsumer> GetConsumerAsync(string name, CancellationToken cancellationToken = default)
    {
        AssetName.Check(name);
        ConsumerInfo info = (await Api.TryAskAsync(
            $"CONSUMER.INFO.{Name}.{name}", Json.ConsumerInfo, cancellationToken).ConfigureAwait(false)).Value;
        return new JetStreamConsumer(Context, info);
    }

    /// <summary>Every consumer.</summary>
    public async IAsyncEnumerable<ConsumerInfo> ListConsumersAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        int offset = 0;
        while (true)
        {
            ConsumerListRequest request = new() { Offset = offset };
            ConsumerListResponse page = (await Api.TryAskAsync(
                $"CONSUMER.LIST.{Name}", request, Json.ConsumerListRequest, Json.ConsumerListResponse, cancellationToken)
                .ConfigureAwait(false)).Value;
            foreach (ConsumerInfo info in page.Consumers ?? [])
                yield return info;
            offset += page.Consumers?.Count ?? 0;
            if (page.Consumers is not { Count: > 0 } || offset >= page.Total)
                yield break;
        }
    }

    /// <summary>The name of every consumer.</summary>
    public async IAsyncEnumerable<string> ListConsumerNamesAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        int offset = 0;
        while (true)
        {
            ConsumerListRequest request = new() { Offset = offset };
            ConsumerNamesResponse page = (await Api.TryAskAsync(
                $"CONSUMER.NAMES.{Name}", request, Json.ConsumerListRequest, Json.ConsumerNamesResponse, cancellationToken)
                .ConfigureAwait(false)).Value;
            foreach (string name in page.Consumers ?? [])
                yield return name;
            offset += page.Consumers?.Count ?? 0;
            if (page.Consumers is not { Count: > 0 } || offset >= page.Total)
                yield break;
        }
    }

    /// <summary>Deletes a consumer.</summary>
    /// <exception cref="JetStreamApiException">There is no such consumer (10014).</exception>
    public async ValueTask DeleteConsumerAsync(string name, CancellationToken cancellationToken = default) =>
        _ = (await TryDeleteConsumerAsync(name, cancellationToken).ConfigureAwait(false)).Value;

    /// <summary>
    /// Reads the stream in order, without acknowledgements, through a consumer that this client creates, creates again
    /// after a loss, and deletes at the end.
    /// </summary>
    /// <exception cref="JetStreamApiException">The server refused the consumer, or there is no such stream (10059).</exception>
    public ValueTask<OrderedConsumer> CreateOrderedConsumerAsync(
        OrderedConsumerOptions? options = null, CancellationToken cancellationToken = default) =>
        OrderedConsumer.CreateAsync(this, options ?? new OrderedConsumerOptions(), cancellationToken);

    internal ValueTask<NatsResult<SuccessResponse>> TryDeleteConsumerAsync(
        string name, CancellationToken cancellationToken)
    {
        AssetName.Check(name);
        return Api.TryAskAsync($"CONSUMER.DELETE.{Name}.{name}", Json.SuccessResponse, cancellationToken);
    }

    /// <summary>Creates or changes a consumer whose configuration carries its name.</summary>
    internal ValueTask<NatsResult<ConsumerInfo>> TryConfigureConsumerAsync(
        ConsumerConfig config, string? action, CancellationToken cancellationToken)
    {
        string operation = $"CONSUMER.CREATE.{Name}.{config.Name}";
        if (config.FilterSubject is { Length: > 0 } filter && config.FilterSubjects is null)
            operation = $"{operation}.{filter}";
        ConsumerCreateRequest request = new() { Stream = Name, Config = config, Action = action };
        return Api.TryAskAsync(operation, request, Json.ConsumerCreateRequest, Json.ConsumerInfo, cancellationToken);
    }

    private async ValueTask<JetStreamConsumer> ConfigureConsumerAsync(
        ConsumerConfig config, string action, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(config);
        string name = config.DurableName ?? config.Name ?? Context.Connection.NewId();
        AssetName.Check(name);
        ConsumerInfo info = (await TryConfigureConsumerAsync(config with { Name = name }, action, cancellationToken)
            .ConfigureAwait(false)).Value;
        return new JetStreamConsumer(Context, info);
    }

    private ValueTask<NatsResult<NatsMessage>> AskInfoAsync(StreamInfoRequest request, CancellationToken cancellationToken) =>
        Api.TryAskAsync($"STREAM.INFO.{Name}", request, Json.StreamInfoRequest, cancellationToken);

    /// <summary>The server lists subjects page by page: fetches what the first answer left out.</summary>
    private async ValueTask<NatsResult<StreamInfo>> AddSubjectPagesAsync(
        StreamInfo first, NatsResult<NatsMessage> answer, StreamInfoRequest request, CancellationToken cancellationToken)
    {
        int total = ApiClient.Read(answer, Json.PageResponse).Value.Total;
        if (first.State.Subjects is not { } page || page.Count >= total)
            return first;
        Dictionary<string, ulong> subjects = new(page);
        while (subjects.Count < total)
        {
            answer = await AskInfoAsync(request with { Offset = subjects.Count }, cancellationToken).ConfigureAwait(false);
            NatsResult<StreamInfo> next = ApiClient.Read(answer, Json.StreamInfo);
            if (!next.TryGetValue(out StreamInfo? info))
                return next;
            int before = subjects.Count;
            foreach ((string subject, ulong count) in info.State.Subjects ?? new Dictionary<string, ulong>())
                subjects[subject] = count;
            if (subjects.Count == before)
                break;
        }

        first.State.Subjects = subjects;
        return first;
    }
}
