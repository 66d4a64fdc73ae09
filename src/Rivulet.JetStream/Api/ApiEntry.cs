using Rivulet.JetStream.Hosting;

namespace Rivulet.JetStream.Api;

/// <summary>
/// Where requests of an account's API come in: the handler of one <c>$JS.API.></c> subscription. It finds the route,
/// holds the request back if the connection has uncommitted writes, and runs it in place or hands it to the queue.
/// </summary>
internal sealed class ApiEntry : IRequestHandler
{
    private readonly JetStreamAccount _account;
    private readonly ApiRouteTable _routes;
    private readonly int _prefixLength;
    private readonly bool _hearsUnknown;

    /// <summary>Makes the entry of one prefix.</summary>
    /// <param name="account">Account whose API this is.</param>
    /// <param name="routes">Operations.</param>
    /// <param name="prefixLength">Length of the prefix with its last dot, <c>$JS.API.</c></param>
    /// <param name="hearsUnknown">
    /// Whether an operation that is not known is heard, and never answered; else it has no responders.
    /// </param>
    public ApiEntry(JetStreamAccount account, ApiRouteTable routes, int prefixLength, bool hearsUnknown = true)
    {
        _account = account;
        _routes = routes;
        _prefixLength = prefixLength;
        _hearsUnknown = hearsUnknown;
    }

    /// <inheritdoc/>
    public bool Handle(in RoutedMessage message, DeliveryBatch batch)
    {
        if (!_hearsUnknown && _routes.FindInline(message.Subject[_prefixLength..]) is null)
            return false;
        if (message.Publisher is { } publisher && MustWait(publisher, batch))
        {
            RequestLane lane = publisher.EnsureLaneIn(_account.Engine);
            lane.Park(this, new ApiRequest(_account, message, _prefixLength), publisher.BarrierIn(_account.Engine));
            return true;
        }

        ReadOnlySpan<byte> operation = message.Subject[_prefixLength..];
        if (_routes.FindInline(operation) is { } inline)
            return inline.Handler(_account, operation, message, batch);
        if (_routes.FindQueued(operation) is { } route)
            _account.Requests.Enqueue(route, new ApiRequest(_account, message, _prefixLength));

        // In the reference's API an unknown operation is heard and never answered: the subscription itself counts as interest.
        return true;
    }

    /// <summary>Runs a request that had been held back. Called on a host thread; takes the request over.</summary>
    public void Release(ApiRequest request)
    {
        if (_routes.FindInline(request.Operation) is { } inline)
        {
            using (request)
                ReleaseInline(inline, request);
            return;
        }

        if (_routes.FindQueued(request.Operation) is { } route)
            _account.Requests.Enqueue(route, request);
        else
            request.Dispose();
    }

    private bool MustWait(PublisherContext publisher, DeliveryBatch batch)
    {
        if (publisher.LaneIn(_account.Engine) is { IsBusy: true })
            return true;
        if (_account.Engine.HasSettled(publisher))
            return false;
        batch.HandOver();
        return !_account.Engine.HasSettled(publisher);
    }

    private void ReleaseInline(InlineRoute inline, ApiRequest request)
    {
        DeliveryBatch batch = _account.Router.CreateBatch();
        bool isHeard = !_account.Requests.IsStopped && inline.Handler(_account, request.Operation, request.AsMessage(), batch);
        if (!isHeard && !request.Reply.IsEmpty)
        {
            // The router no longer looks at the result, so the requester is told here.
            _account.Router.Publish(request.Reply, default, "NATS/1.0 503\r\n\r\n"u8, default, batch);
        }

        batch.Flush();
    }
}
