using System.Threading.Channels;

namespace Rivulet.Client;

/// <summary>
/// Runs event handlers one after the other, apart from the loops that raise them: a slow handler delays other handlers
/// and nothing else.
/// </summary>
internal sealed class EventPump
{
    private readonly Channel<Action> _queue =
        Channel.CreateUnbounded<Action>(new UnboundedChannelOptions { SingleReader = true });

    private readonly Action<Exception> _onHandlerFailed;

    /// <param name="onHandlerFailed">Called with what a handler threw.</param>
    public EventPump(Action<Exception> onHandlerFailed)
    {
        _onHandlerFailed = onHandlerFailed;
        _ = RunAsync();
    }

    /// <summary>Queues a handler's call. Ignored after <see cref="Complete"/>.</summary>
    public void Post(Action raise) => _queue.Writer.TryWrite(raise);

    /// <summary>Ends it after what is queued.</summary>
    public void Complete() => _queue.Writer.TryComplete();

    private async Task RunAsync()
    {
        while (await _queue.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            while (_queue.Reader.TryRead(out Action? raise))
                Raise(raise);
        }
    }

    private void Raise(Action raise)
    {
        try
        {
            raise();
        }
        catch (Exception failure)
        {
            _onHandlerFailed(failure);
        }
    }
}
