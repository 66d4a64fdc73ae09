using Microsoft.Extensions.Logging;
using Rivulet.Server.Connections;
using Rivulet.Server.Logging;

namespace Rivulet.Server.Hosting;

/// <summary>Closes the clients of a server that is about to stop, spread over time so that they do not all come to another one at once.</summary>
internal static class LameDuck
{
    private static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PauseMin = TimeSpan.FromMilliseconds(1);

    /// <summary>Tells the clients, waits for the grace period, and closes those that are still there.</summary>
    public static async Task CloseAsync(ConnectionTable connections, NatsServerOptions options, ILogger log)
    {
        foreach (var connection in connections.Open)
            connection.AnnounceChange();
        if (connections.Count > 0)
            await Task.Delay(options.LameDuckGracePeriod, options.TimeProvider).ConfigureAwait(false);
        ClientConnection[] left = [.. connections.Open];
        if (left.Length == 0)
            return;
        ServerLog.ClosingClients(log);
        var pause = (options.LameDuckDuration - options.LameDuckGracePeriod) / left.Length;

        // A timer has no pauses below a millisecond, so that many clients go several at a time.
        int atATime = pause < PauseMin ? (int)(PauseMin / pause) : 1;
        pause = pause < PauseMin ? PauseMin : pause > PauseMax ? PauseMax : pause;
        for (int i = 0; i < left.Length; i++)
        {
            left[i].Close(ClosedReason.ServerShutdown);
            if (i + 1 < left.Length && i % atATime == 0)
                await Task.Delay(pause, options.TimeProvider).ConfigureAwait(false);
        }
    }
}
