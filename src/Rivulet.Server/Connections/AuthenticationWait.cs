using Rivulet.JetStream.Hosting;
using Rivulet.Server.Security;

namespace Rivulet.Server.Connections;

/// <summary>A receive loop's wait until it is known who the client is. Reusable; one at a time.</summary>
internal sealed class AuthenticationWait : ScheduledWait
{
    /// <summary>A wait that goes on on the threads of <paramref name="loops"/>.</summary>
    public AuthenticationWait(IWorkScheduler loops)
        : base(loops)
    {
    }

    /// <summary>Waits until <paramref name="decision"/> is complete.</summary>
    public ValueTask ForAsync(Task<AuthenticationResult> decision)
    {
        ValueTask wait = Begin();
        decision.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(End);
        return wait;
    }
}
