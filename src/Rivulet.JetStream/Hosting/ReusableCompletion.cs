using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Threading.Tasks.Sources;

namespace Rivulet.JetStream.Hosting;

/// <summary>
/// What an <see cref="IValueTaskSource{TResult}"/> needs that is completed once by another thread, reset, and used again. A field;
/// one operation at a time.
/// </summary>
/// <remarks>
/// The awaiting code continues on the thread that completes it. When the completion comes just before the awaiting code is known, it goes on
/// at once on its own thread, where the runtime's <see cref="ManualResetValueTaskSourceCore{TResult}"/> hands it to the thread
/// pool: the process around an embedded server may have blocked that.
/// </remarks>
/// <typeparam name="TResult">What it completes with.</typeparam>
[SuppressMessage("Performance", "CA1815", Justification = "A field that is used in place: there is nothing to compare.")]
public struct ReusableCompletion<TResult>
{
    private static readonly Action<object?> Completed =
        static _ => throw new UnreachableException("nobody awaits a completion twice");

    private Action<object?>? _continuation;
    private object? _state;
    private TResult? _result;
    private bool _isCompleted;

    /// <summary>The present use.</summary>
    public short Version { get; private set; }

    /// <summary>Begins another use. Nobody waits, and nobody is to complete the one before.</summary>
    public void Reset()
    {
        Version++;
        _continuation = null;
        _state = null;
        _result = default;
        _isCompleted = false;
    }

    /// <summary>Completes it, and runs whatever waits. Once for each use.</summary>
    /// <param name="result">With what.</param>
    public void SetResult(TResult result)
    {
        _result = result;
        Volatile.Write(ref _isCompleted, true);
        Action<object?>? waiting = Interlocked.CompareExchange(ref _continuation, Completed, null);
        waiting?.Invoke(_state);
    }

    /// <summary>Whether it is completed.</summary>
    /// <param name="token">The use that is meant.</param>
    public readonly ValueTaskSourceStatus GetStatus(short token)
    {
        Check(token);

        // Not before whoever completes it is done with it: the awaiting code goes on at once, and begins the next use.
        bool isOver = Volatile.Read(in _isCompleted) && Volatile.Read(in _continuation) is not null;
        return isOver ? ValueTaskSourceStatus.Succeeded : ValueTaskSourceStatus.Pending;
    }

    /// <summary>What it was completed with.</summary>
    /// <param name="token">The use that is meant.</param>
    public readonly TResult GetResult(short token)
    {
        Check(token);
        if (!Volatile.Read(in _isCompleted))
            throw new InvalidOperationException("The operation is not completed.");
        return _result!;
    }

    /// <summary>Says what to run when it is completed. Once for each use.</summary>
    /// <param name="continuation">What to run, here if it is completed by now.</param>
    /// <param name="state">What to run it with.</param>
    /// <param name="token">The use that is meant.</param>
    public void OnCompleted(Action<object?> continuation, object? state, short token)
    {
        ArgumentNullException.ThrowIfNull(continuation);
        Check(token);
        _state = state;
        Action<object?>? before = Interlocked.CompareExchange(ref _continuation, continuation, null);
        if (before is null)
            return;
        if (before != Completed)
            throw new InvalidOperationException("The operation is awaited already.");
        continuation(state);
    }

    private readonly void Check(short token)
    {
        if (token != Version)
            throw new InvalidOperationException("The operation was awaited already, and is used again.");
    }
}
