namespace Rivulet.Protocol;

/// <summary>Is handed the operations that a client sends, in order, as slices of the parser's buffer.</summary>
/// <remarks>
/// Slices are borrowed until the method returns. Return false to stop the parser after this operation.
/// </remarks>
public interface IClientOperationHandler
{
    /// <summary><c>CONNECT {json}</c>; the JSON is not looked at yet.</summary>
    bool OnConnect(ReadOnlySpan<byte> json);

    /// <summary><c>PUB</c> or <c>HPUB</c>; the subject is not checked yet.</summary>
    bool OnPublish(in PublishOperation operation);

    /// <summary><c>SUB</c>; the subject is not checked yet.</summary>
    /// <param name="subject">The filter.</param>
    /// <param name="queueGroup">Empty for a plain subscription.</param>
    /// <param name="sid">The client's name for the subscription.</param>
    bool OnSubscribe(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> queueGroup, ReadOnlySpan<byte> sid);

    /// <summary><c>UNSUB</c>.</summary>
    /// <param name="sid">The client's name for the subscription.</param>
    /// <param name="maxMessages">After how many messages since SUB it ends; 0 for at once.</param>
    bool OnUnsubscribe(ReadOnlySpan<byte> sid, int maxMessages);

    /// <summary><c>PING</c></summary>
    bool OnPing();

    /// <summary><c>PONG</c></summary>
    bool OnPong();
}
