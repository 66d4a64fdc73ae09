namespace Rivulet.Client.JetStream;

/// <summary>The way from a connection to JetStream.</summary>
public static class JetStreamConnectionExtensions
{
    /// <summary>JetStream over this connection.</summary>
    public static JetStreamContext CreateJetStreamContext(
        this NatsConnection connection, JetStreamContextOptions? options = null) => new(connection, options);
}
