namespace Rivulet.Protocol;

/// <summary>Is handed the operations that a server sends, in order, as slices of the parser's buffer.</summary>
/// <remarks>
/// Slices are borrowed until the method returns. Return false to stop the parser after this operation.
/// </remarks>
public interface IServerOperationHandler
{
    /// <summary><c>INFO {json}</c>; comes first, and again at any time.</summary>
    bool OnInfo(ReadOnlySpan<byte> json);

    /// <summary><c>MSG</c> or <c>HMSG</c>.</summary>
    bool OnMessage(in MessageOperation operation);

    /// <summary><c>PING</c></summary>
    bool OnPing();

    /// <summary><c>PONG</c></summary>
    bool OnPong();

    /// <summary><c>+OK</c></summary>
    bool OnOk();

    /// <summary><c>-ERR</c>.</summary>
    /// <param name="text">The text without its quotes.</param>
    bool OnError(ReadOnlySpan<byte> text);
}
