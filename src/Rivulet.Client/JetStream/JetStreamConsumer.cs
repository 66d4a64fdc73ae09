namespace Rivulet.Client.JetStream;

/// <summary>A consumer of a stream. Pulling needs a pull consumer. Safe to use from any thread.</summary>
public sealed class JetStreamConsumer
{
    internal JetStreamConsumer(JetStreamContext context, ConsumerInfo info)
    {
        Context = context;
        CachedInfo = info;
    }

    /// <summary>The context it came from.</summary>
    public JetStreamContext Context { get; }

    /// <summary>Name of the stream.</summary>
    public string Stream => CachedInfo.Stream;

    /// <summary>Name.</summary>
    public string Name => CachedInfo.Name;

    /// <summary>What the server last said of it.</summary>
    public ConsumerInfo CachedInfo { get; private set; }

    /// <summary>What the server says of it now.</summary>
    public ValueTask<ConsumerInfo> GetInfoAsync(CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <summary>Deletes it.</summary>
    public ValueTask DeleteAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Pulls one message; null if none came in time.</summary>
    public ValueTask<JetStreamMessage?> NextAsync(
        TimeSpan? expires = null, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Pulls once; ends when the batch is complete or its time is over.</summary>
    public IAsyncEnumerable<JetStreamMessage> FetchAsync(
        FetchOptions? options = null, CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <summary>Pulls without end, asking for more before the reader runs dry; survives reconnects.</summary>
    /// <exception cref="JetStreamStatusException">The consumer was deleted or refuses the pulls.</exception>
    public IAsyncEnumerable<JetStreamMessage> ConsumeAsync(
        ConsumeOptions? options = null, CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();
}
