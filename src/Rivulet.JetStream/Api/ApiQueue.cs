using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Rivulet.JetStream.Api.Errors;
using Rivulet.JetStream.Hosting;
using Rivulet.Storage;

namespace Rivulet.JetStream.Api;

/// <summary>
/// Runs the API requests of one account on host threads, one after another, in the order in which they came. A request
/// that changed something holds the queue until its change is committed, so each sees everything before it.
/// </summary>
/// <remarks>The lock is a leaf: nothing is called under it. Everything else belongs to whoever is running the queue.</remarks>
internal sealed class ApiQueue : IWorkItem, ICommitWaiter
{
    /// <summary>Requests that may wait; more are dropped unanswered, as there is nothing better to tell a flood.</summary>
    public const int CapacityMax = 10_000;

    /// <summary>A response larger than this does not keep its buffer.</summary>
    private const int BodyBytesKept = 256 * 1024;

    private readonly JetStreamAccount _account;
    private readonly Lock _gate = new();
    private readonly Queue<(ApiRoute Route, ApiRequest Request)> _waiting = new();
    private bool _running;
    private volatile bool _isStopped;

    // Threads that run the queue, or are just leaving it.
    private int _runners;

    private readonly DeliveryBatch _batch;
    private readonly ILogger _log;
    private ArrayBufferWriter<byte> _body = new(1024);
    private (ApiRoute Route, ApiRequest Request, ApiResponse Response)? _held;

    public ApiQueue(JetStreamAccount account)
    {
        _account = account;
        _batch = account.Router.CreateBatch();
        _log = account.Engine.Host.Logging.CreateLogger<ApiQueue>();
    }

    /// <summary>Requests that wait.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _waiting.Count;
        }
    }

    /// <summary>Whether the account has JetStream no longer.</summary>
    public bool IsStopped => _isStopped;

    /// <summary>Takes a request over.</summary>
    public void Enqueue(ApiRoute route, ApiRequest request)
    {
        bool start, full;
        lock (_gate)
        {
            full = _waiting.Count >= CapacityMax;
            if (!full)
                _waiting.Enqueue((route, request));
            start = !_running && !full;
            _running |= start;
        }

        if (full)
        {
            _account.Statistics.CountDropped();
            JetStreamLog.RequestDropped(_log, _account.Name);
            request.Dispose();
        }

        if (start)
            _account.Engine.Host.Work.Queue(this);
    }

    /// <summary>
    /// Refuses whatever waits and comes from now on, after the request that is being run: nothing of the account is changed behind this.
    /// Not to be called by a request of the account.
    /// </summary>
    public void Stop()
    {
        _isStopped = true;
        Interlocked.MemoryBarrier();
        SpinWait.SpinUntil(() => Volatile.Read(ref _runners) == 0);
    }

    void ICommitWaiter.OnCommitted(LogPosition position) => _account.Engine.Host.Work.Queue(this);

    void ICommitWaiter.OnFailed(Exception cause)
    {
        if (_held is { } held)
            _held = (held.Route, held.Request, RefuseAfter(cause, held.Route));
        _account.Engine.Host.Work.Queue(this);
    }

    void IWorkItem.Execute()
    {
        Interlocked.Increment(ref _runners);
        try
        {
            RunAll();
        }
        finally
        {
            Interlocked.Decrement(ref _runners);
        }
    }

    private void RunAll()
    {
        if (_held is { } held)
        {
            _held = null;
            Send(held.Route, held.Request, _isStopped ? RefuseStopped(held.Route) : held.Response);
        }

        while (TryDequeue(out ApiRoute route, out ApiRequest request))
        {
            ApiResponse response = _isStopped ? RefuseStopped(route) : Run(route, request);

            // What was there before may not be on the disk either.
            if (response is { WaitStore.Failure: { } cause, Error: null })
                response = RefuseAfter(cause, route);
            if (response is { WaitStore: { } store, Error: null } && store.Committed < response.WaitPosition)
            {
                _held = (route, request, response);
                store.WhenCommitted(response.WaitPosition, this);
                return;
            }

            Send(route, request, response);
        }
    }

    private static ApiResponse RefuseAfter(Exception cause, ApiRoute route) =>
        route.Refuse(JetStreamError.StreamGeneral.With($"store failed: {cause.Message}"));

    private static ApiResponse RefuseStopped(ApiRoute route) => route.Refuse(JetStreamError.NotEnabledForAccount);

    private bool TryDequeue(out ApiRoute route, out ApiRequest request)
    {
        lock (_gate)
        {
            if (_waiting.TryDequeue(out (ApiRoute Route, ApiRequest Request) next))
            {
                (route, request) = next;
                return true;
            }

            _running = false;
            (route, request) = (null!, null!);
            return false;
        }
    }

    private ApiResponse Run(ApiRoute route, ApiRequest request)
    {
        if (!route.IgnoresLevel && !ApiLevel.IsSupported(request.Headers))
            return route.Refuse(JetStreamError.RequiredApiLevel);
        if (route.Body == ApiBodyRule.Empty && !ApiJson.IsEmpty(request.Body))
            return route.Refuse(JetStreamError.NotEmptyRequest);
        if (route.Body == ApiBodyRule.Required && ApiJson.IsEmpty(request.Body))
            return route.Refuse(JetStreamError.BadRequest);
        return Execute(route, request);
    }

    /// <summary>
    /// A handler that throws has a bug, or its disk fails. The requester is told, and the requests behind it are served.
    /// </summary>
    [SuppressMessage("Design", "CA1031", Justification = "One request must not take down the API of the account.")]
    private ApiResponse Execute(ApiRoute route, ApiRequest request)
    {
        try
        {
            return route.Execute(request);
        }
        catch (Exception failure)
        {
            JetStreamLog.RequestFailed(_log, Encoding.UTF8.GetString(request.Subject), failure);
            return route.Refuse(JetStreamError.StreamGeneral.With($"request failed: {failure.Message}"));
        }
    }

    private void Send(ApiRoute route, ApiRequest request, ApiResponse response)
    {
        using (request)
        {
            if (response.Error is null)
                response.Complete?.Invoke();
            _account.Statistics.CountRequest(failed: response.Error is not null);
            Publish(route, request, response);
            if (response.Error is null)
                response.Sent?.Invoke();
        }
    }

    private void Publish(ApiRoute route, ApiRequest request, ApiResponse response)
    {
        bool isAudited = route.IsAudited(response) && _account.Events.IsApiHeard;
        if (request.Reply.IsEmpty && !isAudited)
            return;
        _body.ResetWrittenCount();
        using (var json = new Utf8JsonWriter(_body, ApiJson.WriterOptions))
            route.Write(json, response);
        if (!request.Reply.IsEmpty)
            request.AnswersIn.Publish(request.Reply, default, response.Error is null ? response.Headers : null, _body.WrittenSpan, _batch);
        if (isAudited)
            _account.Events.ApiAnswered(request, _body.WrittenSpan, _batch);
        _batch.Flush();
        if (_body.Capacity > BodyBytesKept)
            _body = new ArrayBufferWriter<byte>(1024);
    }
}
