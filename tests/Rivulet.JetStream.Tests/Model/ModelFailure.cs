namespace Rivulet.JetStream.Tests.Model;

/// <summary>The server did something else than the model.</summary>
internal sealed class ModelFailure(string message) : Exception(message);
