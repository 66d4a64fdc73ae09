using System.Text;
using Microsoft.Extensions.Logging;
using Rivulet.JetStream.Hosting;
using Rivulet.Server.Logging;

namespace Rivulet.Server.SystemRequests;

/// <summary>Receives the requests about claims of one kind, and has them worked on one at a time, off the requester's receive loop.</summary>
internal sealed class ClaimsResponder : IRequestHandler
{
    private readonly IAccountRouter _router;
    private readonly IWorkScheduler _work;
    private readonly ILogger _log;
    private readonly Action<ClaimsRequest> _answer;

    /// <summary>Receives requests.</summary>
    /// <param name="router">The system account.</param>
    /// <param name="work">Where they are worked on; one thread, so that they stay in order.</param>
    /// <param name="log">Hears of what fails.</param>
    /// <param name="answer">Works on one.</param>
    public ClaimsResponder(IAccountRouter router, IWorkScheduler work, ILogger log, Action<ClaimsRequest> answer)
    {
        _router = router;
        _work = work;
        _log = log;
        _answer = answer;
    }

    /// <inheritdoc/>
    public bool Handle(in RoutedMessage message, DeliveryBatch batch)
    {
        _work.Queue(new Item(this, new ClaimsRequest
        {
            Subject = Encoding.UTF8.GetString(message.Subject),
            Body = message.Payload.ToArray(),
            Reply = message.Reply.ToArray(),
            Router = _router,
        }));
        return true;
    }

    private sealed class Item(ClaimsResponder responder, ClaimsRequest request) : IWorkItem
    {
        public void Execute()
        {
            try
            {
                responder._answer(request);
            }
#pragma warning disable CA1031 // One request that fails must not keep the others from being answered.
            catch (Exception e)
#pragma warning restore CA1031
            {
                SecurityLog.ClaimsWorkFailed(responder._log, e);
            }
        }
    }
}
