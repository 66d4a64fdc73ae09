using System.Threading.Tasks.Sources;

namespace Rivulet.JetStream.Consumers.Delivery;

/// <summary>A publisher's wait at a <see cref="FollowerGate"/>, reusable. One at a time.</summary>
/// <remarks>It continues on the thread pool: whoever releases it has messages to deliver.</remarks>
internal sealed class FollowerWait : IValueTaskSource
{
    private ManualResetValueTaskSourceCore<bool> _completion = new() { RunContinuationsAsynchronously = true };

    /// <summary>The next one in the gate's list.</summary>
    public FollowerWait? Next { get; set; }

    /// <summary>Begins to wait.</summary>
    public ValueTask Start()
    {
        _completion.Reset();
        return new ValueTask(this, _completion.Version);
    }

    /// <summary>Ends the wait. Once.</summary>
    public void Release() => _completion.SetResult(true);

    void IValueTaskSource.GetResult(short token) => _completion.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _completion.GetStatus(token);

    void IValueTaskSource.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _completion.OnCompleted(continuation, state, token, flags);
}
