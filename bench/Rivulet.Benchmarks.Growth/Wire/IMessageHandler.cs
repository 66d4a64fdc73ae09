namespace Rivulet.Benchmarks.Growth.Wire;

/// <summary>Whoever a connection tells what came in. Called by one thread at a time for all connections of a client.</summary>
internal interface IMessageHandler
{
    void OnMessage(Connection connection, in ServerMessage message);

    /// <summary>All messages of one read were handed over: the time to send what they gave rise to.</summary>
    void OnRead(Connection connection);

    void OnFailed(Exception exception);
}
