using Microsoft.Extensions.Logging;
using Rivulet.JetStream.Hosting;
using Rivulet.Server.Logging;

namespace Rivulet.Server.SystemRequests;

/// <summary>
/// Receives the requests of one account to the server itself, and has them answered off the requester's receive loop: pages look at
/// every connection there is.
/// </summary>
/// <remarks>
/// Thread-safe. Whoever asks faster than answers can be made is told that there are no responders, so that what waits here stays within
/// bounds.
/// </remarks>
internal sealed class SystemResponder : IRequestHandler
{
    /// <summary>The most requests that wait at a time.</summary>
    public const int WaitingMax = 512;

    private readonly IAccountRouter _router;
    private readonly IWorkScheduler _work;
    private readonly ILogger _log;
    private readonly Func<SystemRequest, Action?> _find;
    private int _waiting;

    /// <summary>Receives requests.</summary>
    /// <param name="router">The account that they come in.</param>
    /// <param name="work">Where they are answered.</param>
    /// <param name="log">Hears of what fails.</param>
    /// <param name="find">Finds what answers one; null if nothing does. Called on the requester's receive loop.</param>
    public SystemResponder(IAccountRouter router, IWorkScheduler work, ILogger log, Func<SystemRequest, Action?> find)
    {
        _router = router;
        _work = work;
        _log = log;
        _find = find;
    }

    /// <inheritdoc/>
    public bool Handle(in RoutedMessage message, DeliveryBatch batch)
    {
        if (_find(new SystemRequest(message, _router)) is not { } answer)
            return false;
        if (Interlocked.Increment(ref _waiting) > WaitingMax)
        {
            Interlocked.Decrement(ref _waiting);
            return false;
        }

        _work.Queue(new Item(this, answer));
        return true;
    }

    private sealed class Item(SystemResponder responder, Action answer) : IWorkItem
    {
        public void Execute()
        {
            try
            {
                answer();
            }
#pragma warning disable CA1031 // One request that fails must not keep the others from being answered, and must be seen.
            catch (Exception e)
#pragma warning restore CA1031
            {
                ServerLog.SystemRequestFault(responder._log, e);
            }
            finally
            {
                Interlocked.Decrement(ref responder._waiting);
            }
        }
    }
}
