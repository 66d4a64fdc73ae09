namespace Rivulet.Client;

/// <summary>
/// Told of the requests that a connection sends and of their answers: the caller's own, and those that JetStream and
/// Key-Value make of its calls. Called on whichever thread sends or receives; must be quick and must not throw.
/// </summary>
public interface INatsRequestTracer
{
    /// <summary>A request is on its way.</summary>
    void RequestSent(string subject, ReadOnlySpan<byte> payload);

    /// <summary>The answer to a request has come. Requests without an answer have no such call.</summary>
    void AnswerReceived(string subject, NatsMessage answer);
}
