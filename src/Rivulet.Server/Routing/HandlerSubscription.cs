using Rivulet.JetStream.Hosting;

namespace Rivulet.Server.Routing;

/// <summary>A subscription of the server itself: JetStream's API and streams, and the server's own requests.</summary>
internal sealed class HandlerSubscription : RouteTarget, IDisposable
{
    private readonly AccountRouter _router;
    private int _disposed;

    /// <summary>A subscription of <paramref name="handler"/>; the router registers it.</summary>
    public HandlerSubscription(byte[] filter, IMessageHandler handler, AccountRouter router)
        : base(filter)
    {
        Handler = handler;
        _router = router;
    }

    /// <summary>Who receives.</summary>
    public IMessageHandler Handler { get; }

    /// <summary>False once disposed. A routed message may still reach the handler for an instant after that.</summary>
    public bool IsActive => Volatile.Read(ref _disposed) == 0;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
            _router.Remove(this);
    }
}
