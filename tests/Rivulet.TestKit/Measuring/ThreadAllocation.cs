namespace Rivulet.TestKit.Measuring;

/// <summary>What a piece of work allocates each time it is done, on the thread that does it.</summary>
/// <remarks>
/// The runtime allocates on the thread of whoever is there when it needs something once: for code that it has compiled anew, for the first
/// call of a kind. That is nothing that the work does each time, and it comes at any moment. So the work is measured in slices, and the one
/// that had most is left out; what is allocated each time is in all of them.
/// </remarks>
public static class ThreadAllocation
{
    private const int Slices = 8;

    /// <summary>Does the work without looking, and then in eight slices.</summary>
    /// <param name="warmUp">How often it is done before.</param>
    /// <param name="count">How often it is done in all slices together; a multiple of eight.</param>
    /// <param name="work">The work; its argument counts from 0 on. For the calling thread only.</param>
    /// <returns>The bytes allocated in all slices but the one with most.</returns>
    public static long InSteadyState(int warmUp, int count, Action<int> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        ArgumentOutOfRangeException.ThrowIfNotEqual(count % Slices, 0);
        for (int i = 0; i < warmUp; i++)
            work(i);
        long sum = 0;
        long most = 0;
        int done = warmUp;
        for (int slice = 0; slice < Slices; slice++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < count / Slices; i++)
                work(done++);
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            sum += allocated;
            most = Math.Max(most, allocated);
        }

        return sum - most;
    }
}
