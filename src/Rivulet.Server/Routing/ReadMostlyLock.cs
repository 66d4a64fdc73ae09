using System.Numerics;

namespace Rivulet.Server.Routing;

/// <summary>
/// A lock for data that is read by every publish and changed by every subscribe: readers on different threads mostly
/// take different locks and do not meet; a writer takes them all.
/// </summary>
/// <remarks>Not recursive, in either role. Hold it for a look-up or a change of the subject map, and for nothing that calls out.</remarks>
internal sealed class ReadMostlyLock
{
    private readonly Lock[] _stripes;

    /// <summary>A lock with a stripe for each processor, within reason.</summary>
    public ReadMostlyLock()
    {
        uint count = BitOperations.RoundUpToPowerOf2((uint)Math.Clamp(Environment.ProcessorCount, 2, 16));
        _stripes = new Lock[count];
        for (int i = 0; i < _stripes.Length; i++)
            _stripes[i] = new Lock();
    }

    /// <summary>Enters as a reader, until the scope is disposed on the same thread.</summary>
    public Lock.Scope EnterRead()
    {
        return _stripes[Environment.CurrentManagedThreadId & (_stripes.Length - 1)].EnterScope();
    }

    /// <summary>Enters as the writer, until the scope is disposed on the same thread.</summary>
    public WriteScope EnterWrite()
    {
        // Always in the same order, so two writers cannot each hold a part.
        foreach (var stripe in _stripes)
            stripe.Enter();
        return new WriteScope(this);
    }

    /// <summary>Leaves the lock when disposed.</summary>
    public readonly ref struct WriteScope(ReadMostlyLock owner)
    {
        /// <summary>Leaves the lock.</summary>
        public void Dispose()
        {
            for (int i = owner._stripes.Length - 1; i >= 0; i--)
                owner._stripes[i].Exit();
        }
    }
}
