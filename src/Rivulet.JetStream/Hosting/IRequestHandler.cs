namespace Rivulet.JetStream.Hosting;

/// <summary>
/// Receives requests to the server itself. They are taken from clients alone: what the server publishes, such as an answer whose reply
/// subject a client chose, or a message that a consumer delivers, is no request, whatever its subject. Otherwise whoever may read
/// could have the server ask in its name for what that client may not.
/// </summary>
public interface IRequestHandler : IMessageHandler;
