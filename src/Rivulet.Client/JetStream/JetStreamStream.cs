namespace Rivulet.Client.JetStream;

/// <summary>One stream: what it holds, and its consumers. Safe to use from any thread.</summary>
public sealed class JetStreamStream
{
    internal JetStreamStream(JetStreamContext context, string name, StreamInfo? info)
    {
        Context = context;
        Name = name;
        CachedInfo = info;
    }

    /// <summary>The context it came from.</summary>
    public JetStreamContext Context { get; }

    /// <summary>Name.</summary>
    public string Name { get; }

    /// <summary>What the server last said of it; null if it was not asked yet.</summary>
    public StreamInfo? CachedInfo { get; private set; }

    /// <summary>What the server says of it now.</summary>
    /// <param name="subjectFilter">Counts messages by subject for subjects that match, over as many requests as needed.</param>
    /// <param name="deletedDetails">True: lists deleted sequences.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    public ValueTask<StreamInfo> GetInfoAsync(
        string? subjectFilter = null, bool deletedDetails = false, CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <summary>Removes messages. Returns how many.</summary>
    public ValueTask<ulong> PurgeAsync(StreamPurgeOptions? options = null, CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <summary>Reads a message through the API.</summary>
    /// <exception cref="JetStreamMessageNotFoundException">There is none.</exception>
    public ValueTask<StoredMessage> GetMessageAsync(
        MessageSelector selector, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Reads a message directly. Needs <see cref="StreamConfig.AllowDirect"/>.</summary>
    /// <exception cref="JetStreamMessageNotFoundException">There is none.</exception>
    /// <exception cref="NatsNoRespondersException">The stream does not exist or does not allow it.</exception>
    public ValueTask<StoredMessage> GetDirectAsync(
        MessageSelector selector, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>As <see cref="GetDirectAsync"/>, with failures as a result.</summary>
    public ValueTask<NatsResult<StoredMessage>> TryGetDirectAsync(
        MessageSelector selector, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Reads a row of messages in one request.</summary>
    public IAsyncEnumerable<StoredMessage> GetDirectBatchAsync(
        DirectBatchRequest request, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Reads the last message of many subjects in one request.</summary>
    public IAsyncEnumerable<StoredMessage> GetDirectLastAsync(
        DirectLastRequest request, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Deletes a message; its payload is overwritten unless <paramref name="erase"/> is false.</summary>
    public ValueTask DeleteMessageAsync(
        ulong sequence, bool erase = true, CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <summary>Creates a consumer. An existing one with the same configuration is returned.</summary>
    public ValueTask<JetStreamConsumer> CreateConsumerAsync(
        ConsumerConfig config, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Changes a consumer's configuration.</summary>
    public ValueTask<JetStreamConsumer> UpdateConsumerAsync(
        ConsumerConfig config, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Creates a consumer, or changes the configuration of the one that is there.</summary>
    public ValueTask<JetStreamConsumer> CreateOrUpdateConsumerAsync(
        ConsumerConfig config, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>A consumer that exists: asks the server for it.</summary>
    public ValueTask<JetStreamConsumer> GetConsumerAsync(string name, CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <summary>Every consumer.</summary>
    public IAsyncEnumerable<ConsumerInfo> ListConsumersAsync(CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <summary>The name of every consumer.</summary>
    public IAsyncEnumerable<string> ListConsumerNamesAsync(CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <summary>Deletes a consumer.</summary>
    public ValueTask DeleteConsumerAsync(string name, CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <summary>
    /// Reads the stream in order, without acknowledgements, through a consumer that this client creates, creates again
    /// after a loss, and deletes at the end.
    /// </summary>
    public ValueTask<OrderedConsumer> CreateOrderedConsumerAsync(
        OrderedConsumerOptions? options = null, CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();
}
