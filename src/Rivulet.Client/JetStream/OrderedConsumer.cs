namespace Rivulet.Client.JetStream;

/// <summary>
/// A reader of a stream in order, without gaps or repeats. Read it by enumerating, or one by one with
/// <see cref="ReadAsync"/>; by one reader at a time. Leaving an enumeration, cancelling it, or disposing ends it.
/// </summary>
/// <remarks>
/// Messages published after it was created are seen. A loss (a gap in the consumer's sequence, missing heartbeats, a
/// reconnect) makes it create its consumer again after the last message read.
/// </remarks>
public sealed class OrderedConsumer : IAsyncEnumerable<JetStreamMessage>, IAsyncDisposable
{
    internal OrderedConsumer()
    {
    }

    /// <summary>Messages that matched and were not delivered yet when it was created.</summary>
    public ulong InitialPending => throw new NotImplementedException();

    /// <summary>What the server said of the consumer that now feeds it.</summary>
    public ConsumerInfo CachedInfo => throw new NotImplementedException();

    /// <summary>The next message. Does not end it when cancelled.</summary>
    /// <exception cref="JetStreamApiException">The stream is gone.</exception>
    public ValueTask<JetStreamMessage> ReadAsync(CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <inheritdoc/>
    public IAsyncEnumerator<JetStreamMessage> GetAsyncEnumerator(CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <summary>Ends it and deletes its consumer.</summary>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
