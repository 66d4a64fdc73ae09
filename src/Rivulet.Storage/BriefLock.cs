namespace Rivulet.Storage;

/// <summary>
/// Entering a lock that is only ever held for a microsecond or so, by a thread that is busy until it has it. The lock's own
/// <see cref="Lock.Enter"/> gives up its processor when it has looked a few times, and then sleeps; for locks that two
/// threads take in turns for every message, that and the waking cost more than what the lock protects.
/// </summary>
public static class BriefLock
{
    // Together about as long as the longest hold there should be. Whoever holds it longer has lost its processor, and
    // looking on would only keep it from getting one.
    private const int LooksMax = 64;
    private const int SpinsBetweenLooks = 6;

    private static readonly bool IsWorthLooking = Environment.ProcessorCount > 1;

    /// <summary>Enters, looking again and again for a bounded time before it waits as usual. Left by <see cref="Lock.Exit"/>.</summary>
    public static void EnterBriefly(this Lock gate)
    {
        if (!gate.TryEnter())
            Contend(gate);
    }

    /// <summary>Between two holds of a lock by one thread: stays away for long enough that another one that looks gets it.</summary>
    public static void GiveWay()
    {
        if (IsWorthLooking)
            Thread.SpinWait(2 * SpinsBetweenLooks);
    }

    private static void Contend(Lock gate)
    {
        for (int look = 0; IsWorthLooking && look < LooksMax; look++)
        {
            Thread.SpinWait(SpinsBetweenLooks);
            if (gate.TryEnter())
                return;
        }
        gate.Enter();
    }
}
