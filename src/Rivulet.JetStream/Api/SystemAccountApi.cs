using System.Text;
using Microsoft.Extensions.Logging;
using Rivulet.JetStream.Api.Errors;
using Rivulet.JetStream.Api.Handlers;
using Rivulet.JetStream.Api.Models;
using Rivulet.JetStream.Hosting;
using Rivulet.Storage;

namespace Rivulet.JetStream.Api;

/// <summary>
/// The API in the system account, which has no streams of its own: those who run the server purge other accounts by it, and whatever
/// else they ask is refused. Any thread.
/// </summary>
internal sealed class SystemAccountApi : IRequestHandler
{
    private readonly JetStreamEngine _engine;
    private readonly IAccountRouter _router;
    private readonly ApiRouteTable _routes = new();
    private readonly ILogger _log;

    /// <summary>Answers in the system account.</summary>
    /// <param name="engine">Has the accounts.</param>
    /// <param name="router">The system account's subject space.</param>
    public SystemAccountApi(JetStreamEngine engine, IAccountRouter router)
    {
        _engine = engine;
        _router = router;
        _log = engine.Host.Logging.CreateLogger<SystemAccountApi>();
        _routes.Add(AccountPurge.Route);
        RefusedApi.RegisterSystem(_routes);
    }

    /// <inheritdoc/>
    public bool Handle(in RoutedMessage message, DeliveryBatch batch)
    {
        ReadOnlySpan<byte> operation = message.Subject[DisabledAccountApi.Prefix.Length..];
        ApiRoute? route = _routes.FindQueued(operation);
        if (route == AccountPurge.Route)
            Purge(Encoding.UTF8.GetString(operation[(operation.LastIndexOf((byte)'.') + 1)..]), message, batch);
        else
            Refuse(route, operation, message.Reply, batch);
        return true;
    }

    private void Purge(string name, in RoutedMessage message, DeliveryBatch batch)
    {
        JetStreamLog.PurgeRequested(_log, name);
        if (_engine.FindAccount(name) is { } account)
        {
            account.Requests.Enqueue(
                AccountPurge.Route, new ApiRequest(account, message, DisabledAccountApi.Prefix.Length, answersIn: _router));
            return;
        }

        // Without JetStream now, it may have streams from when it had it.
        LogPosition purged;
        try
        {
            purged = _engine.DeleteStored(name, keeps: null);
        }
        catch (StoreFailedException failure)
        {
            Answer(AccountPurge.Route, RefusalAfter(failure), message.Reply, batch);
            return;
        }

        // What an earlier purge deleted may still be on the disk of a store that has failed since.
        if (_engine.Failure is { } cause)
            Answer(AccountPurge.Route, RefusalAfter(cause), message.Reply, batch);
        else if (purged > _engine.Committed)
            _engine.WhenCommitted(purged, new PurgeAnswer(_router, message.Reply.ToArray()));
        else
            Answer(AccountPurge.Route, new AccountPurgeResponse { Initiated = true }, message.Reply, batch);
    }

    private void Refuse(ApiRoute? route, ReadOnlySpan<byte> operation, ReadOnlySpan<byte> reply, DeliveryBatch batch)
    {
        if (route is not null)
            Answer(route, route.Refuse(JetStreamError.ClusterRequired), reply, batch);
        else if (operation.SequenceEqual("INFO"u8) && _engine.Routes.FindQueued(operation) is { } info)
            Answer(info, info.Refuse(JetStreamError.NotEnabledForAccount), reply, batch);
        else
            Answer(RefusedApi.Unknown, RefusedApi.Unknown.Refuse(JetStreamError.NotEnabledForAccount), reply, batch);
    }

    private void Answer(ApiRoute route, ApiResponse response, ReadOnlySpan<byte> reply, DeliveryBatch batch) =>
        route.Answer(reply, response, _router, batch);

    private static AccountPurgeResponse RefusalAfter(Exception cause) =>
        new() { Error = JetStreamError.StreamGeneral.With($"store failed: {cause.Message}") };

    /// <summary>Answers once it is done for good, on the thread that commits.</summary>
    private sealed class PurgeAnswer(IAccountRouter router, byte[] reply) : ICommitWaiter
    {
        public void OnCommitted(LogPosition position) => Send(new AccountPurgeResponse { Initiated = true });

        public void OnFailed(Exception cause) => Send(RefusalAfter(cause));

        private void Send(AccountPurgeResponse response)
        {
            DeliveryBatch batch = router.CreateBatch();
            AccountPurge.Route.Answer(reply, response, router, batch);
            batch.Flush();
        }
    }
}
