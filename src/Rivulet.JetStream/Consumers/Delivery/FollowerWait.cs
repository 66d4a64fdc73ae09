using System.Threading.Tasks.Sources;
using Rivulet.JetStream.Hosting;

namespace Rivulet.JetStream.Consumers.Delivery;

/// <summary>A publisher's wait at a <see cref="FollowerGate"/>, reusable. One at a time.</summary>
/// <remarks>It continues on the host's threads, behind what is queued there: whoever releases it has messages to deliver.</remarks>
internal sealed class FollowerWait : IValueTaskSource, IWorkItem
{
    private ReusableCompletion<bool> _completion;

    /// <summary>The next one in the gate's list.</summary>
    public FollowerWait? Next { get; set; }

    /// <summary>Begins to wait.</summary>
    public ValueTask Start()
    {
        _completion.Reset();
        return new ValueTask(this, _completion.Version);
    }

    /// <summary>Ends the wait. Once.</summary>
    public void Execute() => _completion.SetResult(true);

    void IValueTaskSource.GetResult(short token) => _completion.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _completion.GetStatus(token);

    void IValueTaskSource.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _completion.OnCompleted(continuation, state, token);
}
