using Rivulet.Storage;

namespace Rivulet.JetStream.DirectGet;

/// <summary>
/// A message buffer of the current thread, so that single gets allocate nothing. An answer can reach a handler that gets
/// once more on the same thread; that one gets a buffer of its own.
/// </summary>
internal readonly ref struct MessageLease
{
    /// <summary>A message larger than this does not keep its buffer.</summary>
    private const int KeptBytes = 64 * 1024;

    [ThreadStatic]
    private static StoredMessage? _ofThread;

    private MessageLease(StoredMessage message) => Message = message;

    /// <summary>The buffer.</summary>
    public StoredMessage Message { get; }

    /// <summary>Takes a buffer. Give it back on the same thread.</summary>
    public static MessageLease Take()
    {
        StoredMessage message = _ofThread ?? new StoredMessage();
        _ofThread = null;
        return new MessageLease(message);
    }

    /// <summary>Gives the buffer back.</summary>
    public void Dispose()
    {
        if (Message.Payload.Length + Message.Headers.Length > KeptBytes)
            Message.Dispose();
        if (_ofThread is null)
            _ofThread = Message;
        else
            Message.Dispose();
    }
}
