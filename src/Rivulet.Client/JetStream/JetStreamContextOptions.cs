namespace Rivulet.Client.JetStream;

/// <summary>How the JetStream API is reached.</summary>
public sealed record JetStreamContextOptions
{
    /// <summary>Subject prefix of the API.</summary>
    public string ApiPrefix { get; init; } = "$JS.API";

    /// <summary>Domain: the prefix becomes <c>$JS.&lt;domain&gt;.API</c>. Wins over <see cref="ApiPrefix"/>.</summary>
    public string? Domain { get; init; }

    /// <summary>Time for an answer; null takes <see cref="NatsConnectionOptions.RequestTimeout"/>.</summary>
    public TimeSpan? Timeout { get; init; }
}
