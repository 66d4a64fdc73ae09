using System.Runtime.CompilerServices;

namespace Rivulet.Client.JetStream;

/// <summary>JetStream over a connection: account, streams, publishing. Safe to use from any thread.</summary>
public sealed class JetStreamContext
{
    /// <summary>Creates the context of a connection.</summary>
    public JetStreamContext(NatsConnection connection, JetStreamContextOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(connection);
        Connection = connection;
        Options = options ?? new JetStreamContextOptions();
        Api = new ApiClient(connection, Options);
    }

    /// <summary>The connection.</summary>
    public NatsConnection Connection { get; }

    /// <summary>How the API is reached.</summary>
    public JetStreamContextOptions Options { get; }

    internal ApiClient Api { get; }

    private static JetStreamJsonContext Json => JetStreamJsonContext.Default;

    /// <summary>What the account uses and may use.</summary>
    /// <exception cref="JetStreamNotEnabledException">Nobody answers.</exception>
    /// <exception cref="JetStreamApiException">JetStream is not enabled for the account (10039).</exception>
    public async ValueTask<AccountInfo> GetAccountInfoAsync(CancellationToken cancellationToken = default) =>
        (await Api.TryAskAsync("INFO", Json.AccountInfo, cancellationToken).ConfigureAwait(false)).Value;

    /// <summary>Creates a stream. An existing one with the same configuration is returned.</summary>
    /// <exception cref="JetStreamApiException">The server refused.</exception>
    public async ValueTask<JetStreamStream> CreateStreamAsync(
        StreamConfig config, CancellationToken cancellationToken = default) =>
        ToStream((await TryConfigureAsync("CREATE", config, cancellationToken).ConfigureAwait(false)).Value);

    /// <summary>Changes a stream's configuration.</summary>
    /// <exception cref="JetStreamApiException">The server refused, or there is no such stream (10059).</exception>
    public async ValueTask<JetStreamStream> UpdateStreamAsync(
        StreamConfig config, CancellationToken cancellationToken = default) =>
        ToStream((await TryConfigureAsync("UPDATE", config, cancellationToken).ConfigureAwait(false)).Value);

    /// <summary>Changes a stream's configuration, or creates it if there is none.</summary>
    /// <exception cref="JetStreamApiException">The server refused.</exception>
    public async ValueTask<JetStreamStream> CreateOrUpdateStreamAsync(
        StreamConfig config, CancellationToken cancellationToken = default)
    {
        NatsResult<StreamInfo> updated = await TryConfigureAsync("UPDATE", config, cancellationToken).ConfigureAwait(false);
        return updated.Error is JetStreamApiException { ErrorCode: ApiErrorCodes.StreamNotFound }
            ? await CreateStreamAsync(config, cancellationToken).ConfigureAwait(false)
            : ToStream(updated.Value);
    }

    /// <summary>A stream that exists: asks the server for it.</summary>
    /// <exception cref="JetStreamApiException">There is no such stream (10059).</exception>
    public async ValueTask<JetStreamStream> GetStreamAsync(string name, CancellationToken cancellationToken = default)
    {
        JetStreamStream stream = Stream(name);
        await stream.GetInfoAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
        return stream;
    }

    /// <summary>A stream by name, without asking the server.</summary>
    /// <exception cref="ArgumentException">The name is not one of a stream.</exception>
    public JetStreamStream Stream(string name)
    {
        AssetName.Check(name);
        return new JetStreamStream(this, name, null);
    }

    /// <summary>Every stream, or those that capture subjects of a filter.</summary>
    public async IAsyncEnumerable<StreamInfo> ListStreamsAsync(
        string? subjectFilter = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        int offset = 0;
        while (true)
        {
            StreamListRequest request = new() { Offset = offset, Subject = subjectFilter };
            StreamListResponse page = (await Api.TryAskAsync(
                "STREAM.LIST", request, Json.StreamListRequest, Json.StreamListResponse, cancellationToken)
                .ConfigureAwait(false)).Value;
            foreach (StreamInfo info in page.Streams ?? [])
                yield return info;
            offset += page.Streams?.Count ?? 0;
            if (page.Streams is not { Count: > 0 } || offset >= page.Total)
                yield break;
        }
    }

    /// <summary>The name of every stream, or of those that capture subjects of a filter.</summary>
    public async IAsyncEnumerable<string> ListStreamNamesAsync(
        string? subjectFilter = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        int offset = 0;
        while (true)
        {
            StreamListRequest request = new() { Offset = offset, Subject = subjectFilter };
            StreamNamesResponse page = (await Api.TryAskAsync(
                "STREAM.NAMES", request, Json.StreamListRequest, Json.StreamNamesResponse, cancellationToken)
                .ConfigureAwait(false)).Value;
            foreach (string name in page.Streams ?? [])
                yield return name;
            offset += page.Streams?.Count ?? 0;
            if (page.Streams is not { Count: > 0 } || offset >= page.Total)
                yield break;
        }
    }

    /// <summary>Deletes a stream and all that it holds.</summary>
    /// <exception cref="JetStreamApiException">There is no such stream (10059).</exception>
    public async ValueTask DeleteStreamAsync(string name, CancellationToken cancellationToken = default)
    {
        AssetName.Check(name);
        _ = (await Api.TryAskAsync($"STREAM.DELETE.{name}", Json.SuccessResponse, cancellationToken)
            .ConfigureAwait(false)).Value;
    }

    /// <summary>Publishes a message and waits until a stream has stored it.</summary>
    /// <exception cref="JetStreamApiException">The stream refused it.</exception>
    /// <exception cref="NatsNoRespondersException">No stream captures the subject.</exception>
    [OverloadResolutionPriority(1)]
    public async ValueTask<PublishAck> PublishAsync(
        string subject,
        ReadOnlyMemory<byte> payload = default,
        PublishOptions? options = null,
        NatsHeaders? headers = null,
        CancellationToken cancellationToken = default) =>
        (await TryPublishAsync(subject, payload, options, headers, cancellationToken).ConfigureAwait(false)).Value;

    /// <summary>Publishes a value and waits until a stream has stored it.</summary>
    /// <inheritdoc cref="PublishAsync(string, ReadOnlyMemory{byte}, PublishOptions?, NatsHeaders?, CancellationToken)"/>
    public async ValueTask<PublishAck> PublishAsync<T>(
        string subject,
        T value,
        PublishOptions? options = null,
        NatsHeaders? headers = null,
        INatsSerializer<T>? serializer = null,
        CancellationToken cancellationToken = default)
    {
        using ScratchWriter scratch = ScratchWriter.Rent();
        (serializer ?? Connection.Options.Serializers.Get<T>()).Serialize(scratch, value);
        return await PublishAsync(subject, scratch.Memory, options, headers, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>As <see cref="PublishAsync(string, ReadOnlyMemory{byte}, PublishOptions?, NatsHeaders?, CancellationToken)"/>,
    /// with failures as a result.</summary>
    public async ValueTask<NatsResult<PublishAck>> TryPublishAsync(
        string subject,
        ReadOnlyMemory<byte> payload = default,
        PublishOptions? options = null,
        NatsHeaders? headers = null,
        CancellationToken cancellationToken = default)
    {
        NatsHeaders? all = options is null ? headers : options.AddTo(headers);
        NatsResult<NatsMessage> answer = await Connection
            .TryRequestAsync(subject, payload, all, options?.Timeout ?? Api.Timeout, cancellationToken)
            .ConfigureAwait(false);
        return answer.Error is NatsNoRespondersException nobody ? nobody : ApiClient.Read(answer, Json.PublishAck);
    }

    private ValueTask<NatsResult<StreamInfo>> TryConfigureAsync(
        string verb, StreamConfig config, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(config);
        AssetName.Check(config.Name);
        return Api.TryAskAsync(
            $"STREAM.{verb}.{config.Name}", config, Json.StreamConfig, Json.StreamInfo, cancellationToken);
    }

    private JetStreamStream ToStream(StreamInfo info) => new(this, info.Config.Name, info);
}
