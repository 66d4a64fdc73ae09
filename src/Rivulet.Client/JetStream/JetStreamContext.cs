namespace Rivulet.Client.JetStream;

/// <summary>JetStream over a connection: account, streams, publishing. Safe to use from any thread; holds no state.</summary>
public sealed class JetStreamContext
{
    /// <summary>Creates the context of a connection.</summary>
    public JetStreamContext(NatsConnection connection, JetStreamContextOptions? options = null)
    {
        Connection = connection;
        Options = options ?? new JetStreamContextOptions();
    }

    /// <summary>The connection.</summary>
    public NatsConnection Connection { get; }

    /// <summary>How the API is reached.</summary>
    public JetStreamContextOptions Options { get; }

    /// <summary>What the account uses and may use.</summary>
    /// <exception cref="JetStreamNotEnabledException">Nobody answers.</exception>
    public ValueTask<AccountInfo> GetAccountInfoAsync(CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <summary>Creates a stream. An existing one with the same configuration is returned.</summary>
    /// <exception cref="JetStreamApiException">The server refused.</exception>
    public ValueTask<JetStreamStream> CreateStreamAsync(
        StreamConfig config, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Changes a stream's configuration.</summary>
    /// <exception cref="JetStreamApiException">The server refused, or there is no such stream (10059).</exception>
    public ValueTask<JetStreamStream> UpdateStreamAsync(
        StreamConfig config, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Changes a stream's configuration, or creates it if there is none.</summary>
    /// <exception cref="JetStreamApiException">The server refused.</exception>
    public ValueTask<JetStreamStream> CreateOrUpdateStreamAsync(
        StreamConfig config, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>A stream that exists: asks the server for it.</summary>
    /// <exception cref="JetStreamApiException">There is no such stream (10059).</exception>
    public ValueTask<JetStreamStream> GetStreamAsync(string name, CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <summary>A stream by name, without asking the server.</summary>
    public JetStreamStream Stream(string name) => throw new NotImplementedException();

    /// <summary>Every stream, or those that capture subjects of a filter.</summary>
    public IAsyncEnumerable<StreamInfo> ListStreamsAsync(
        string? subjectFilter = null, CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <summary>The name of every stream, or of those that capture subjects of a filter.</summary>
    public IAsyncEnumerable<string> ListStreamNamesAsync(
        string? subjectFilter = null, CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <summary>Deletes a stream and all that it holds.</summary>
    /// <exception cref="JetStreamApiException">There is no such stream (10059).</exception>
    public ValueTask DeleteStreamAsync(string name, CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <summary>Publishes a message and waits until a stream has stored it.</summary>
    /// <exception cref="JetStreamApiException">The stream refused it.</exception>
    /// <exception cref="NatsNoRespondersException">No stream captures the subject.</exception>
    public ValueTask<PublishAck> PublishAsync(
        string subject,
        ReadOnlyMemory<byte> payload = default,
        PublishOptions? options = null,
        NatsHeaders? headers = null,
        CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Publishes a value and waits until a stream has stored it.</summary>
    public ValueTask<PublishAck> PublishAsync<T>(
        string subject,
        T value,
        PublishOptions? options = null,
        NatsHeaders? headers = null,
        INatsSerializer<T>? serializer = null,
        CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>As <see cref="PublishAsync(string, ReadOnlyMemory{byte}, PublishOptions?, NatsHeaders?, CancellationToken)"/>,
    /// with failures as a result.</summary>
    public ValueTask<NatsResult<PublishAck>> TryPublishAsync(
        string subject,
        ReadOnlyMemory<byte> payload = default,
        PublishOptions? options = null,
        NatsHeaders? headers = null,
        CancellationToken cancellationToken = default) => throw new NotImplementedException();
}
