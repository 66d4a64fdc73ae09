using Rivulet.JetStream.Api.Errors;
using Rivulet.JetStream.Hosting;

namespace Rivulet.JetStream.Api;

/// <summary>The API of an account without JetStream: every request is answered with the error that says so. Any thread.</summary>
internal sealed class DisabledAccountApi : IRequestHandler
{
    /// <summary>What its subjects begin with.</summary>
    public const string Prefix = "$JS.API.";

    private readonly ApiRouteTable _routes;
    private readonly IAccountRouter _router;

    /// <summary>Answers in one account.</summary>
    /// <param name="routes">Operations.</param>
    /// <param name="router">The account's subject space.</param>
    public DisabledAccountApi(ApiRouteTable routes, IAccountRouter router)
    {
        _routes = routes;
        _router = router;
    }

    /// <inheritdoc/>
    public bool Handle(in RoutedMessage message, DeliveryBatch batch)
    {
        ReadOnlySpan<byte> operation = message.Subject[Prefix.Length..];

        // What streams and consumers answer themselves nobody answers.
        if (_routes.FindInline(operation) is not null)
            return false;
        if (!message.Reply.IsEmpty && _routes.FindQueued(operation) is { } route)
            route.Answer(message.Reply, route.Refuse(JetStreamError.NotEnabledForAccount), _router, batch);
        return true;
    }
}
