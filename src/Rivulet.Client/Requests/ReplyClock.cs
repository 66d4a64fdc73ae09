namespace Rivulet.Client;

/// <summary>The time limits of a request to many: one for all of it, one between two answers.</summary>
internal sealed class ReplyClock
{
    private readonly TimeProvider _time;
    private readonly TimeSpan _total;
    private readonly TimeSpan? _idle;
    private readonly long _start;
    private bool _any;

    public ReplyClock(NatsConnectionOptions connection, NatsRequestManyOptions options)
    {
        _time = connection.TimeProvider;
        _total = options.Timeout ?? connection.RequestTimeout;
        _idle = options.IdleTimeout;
        _start = _time.GetTimestamp();
    }

    /// <summary>The next answer; null when there are no more or the time is over.</summary>
    public async ValueTask<NatsMessage?> NextAsync(NatsSubscription replies, CancellationToken cancellationToken)
    {
        TimeSpan left = _total - _time.GetElapsedTime(_start);
        if (_any && _idle is { } idle && idle < left)
            left = idle;
        if (left <= TimeSpan.Zero)
            return null;
        using CancellationTokenSource timeout = new(left, _time);
        using CancellationTokenSource either =
            CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            NatsMessage? reply = await replies.ReadAsync(either.Token).ConfigureAwait(false);
            _any = true;
            return reply;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }
}
