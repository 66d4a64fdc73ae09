namespace Rivulet.Server.Monitoring.Http;

/// <summary>A parameter makes no sense. The message is what the client gets, with status 400.</summary>
internal sealed class HttpQueryException(string message) : Exception(message);
