namespace Rivulet.Client.JetStream;

/// <summary>Which failures to create a consumer again are worth another attempt, and after how long.</summary>
internal sealed class OrderedRetry
{
    private static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PauseFirst = TimeSpan.FromMilliseconds(50);

    private readonly NatsConnection _connection;

    public OrderedRetry(NatsConnection connection) => _connection = connection;

    /// <summary>Pauses before the next attempt.</summary>
    /// <exception cref="NatsException">The failure itself: another attempt would not help.</exception>
    public async ValueTask PauseOrThrowAsync(NatsException failure, int attempt, CancellationToken cancellationToken)
    {
        if (!IsTransient(failure))
            throw failure;
        _connection.ReportError(failure);
        TimeSpan pause = PauseFirst * Math.Pow(2, Math.Min(attempt, 10));
        await Task.Delay(pause < PauseMax ? pause : PauseMax, _connection.Options.TimeProvider, cancellationToken)
            .ConfigureAwait(false);
    }

    /// <summary>The network, a server that is just starting, and what the API calls temporary (5xx).</summary>
    private static bool IsTransient(NatsException failure) => failure switch
    {
        JetStreamApiException api => api.Code >= 500,
        NatsTimeoutException or NatsConnectionLostException or NatsReconnectBufferFullException => true,
        JetStreamNotEnabledException => true,
        _ => false,
    };
}
