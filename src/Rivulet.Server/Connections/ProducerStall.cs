namespace Rivulet.Server.Connections;

/// <summary>
/// Holds a producer back a little when a receiver of its messages lags far behind: a few milliseconds for each time it
/// was read from, so that a receiver which is merely late can catch up before it is closed as a slow consumer.
/// </summary>
internal static class ProducerStall
{
    private const int StepsMax = 5;
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(2);

    /// <summary>Waits until <paramref name="receiver"/> has caught up, 10 ms at most.</summary>
    public static async ValueTask WaitAsync(ClientConnection receiver, TimeProvider time)
    {
        for (int i = 0; i < StepsMax && receiver.IsLagging && receiver.ClosedReason == ClosedReason.None; i++)
            await Task.Delay(Step, time).ConfigureAwait(false);
    }
}
