using Rivulet.JetStream.Hosting;
using Rivulet.Server.Security.Passwords;

namespace Rivulet.Server.Security.Authentication;

/// <summary>
/// One comparison with a bcrypt hash, on a thread that is for such: it takes as long as the hash is meant to take, and others
/// are served meanwhile.
/// </summary>
internal sealed class PasswordCheck : IWorkItem
{
    // What waits goes on on the thread that is for this: the runtime's own may be blocked by the process around the server.
    private readonly TaskCompletionSource<bool> _done = new();
    private readonly string _configured;
    private readonly string _presented;
    private readonly CancellationToken _cancellation;

    private PasswordCheck(string configured, string presented, CancellationToken cancellation)
    {
        _configured = configured;
        _presented = presented;
        _cancellation = cancellation;
    }

    /// <summary>Whether what a client shows is the configured password. False as well if it is given up.</summary>
    /// <param name="configured">The password or its hash.</param>
    /// <param name="presented">What the client shows; null for nothing.</param>
    /// <param name="hashing">Where hashes are computed.</param>
    /// <param name="cancellation">Gives up.</param>
    public static ValueTask<bool> MatchesAsync(string configured, string? presented, IWorkScheduler hashing, CancellationToken cancellation)
    {
        presented ??= "";
        return PasswordHash.IsBcrypt(configured)
            ? new ValueTask<bool>(QueueAsync(new PasswordCheck(configured, presented, cancellation), hashing))
            : ValueTask.FromResult(PasswordHash.Matches(configured, presented));
    }

    /// <inheritdoc/>
    public void Execute()
    {
        // Whoever left meanwhile does not keep the others waiting.
        _done.TrySetResult(!_cancellation.IsCancellationRequested && PasswordHash.Matches(_configured, _presented));
    }

    private static async Task<bool> QueueAsync(PasswordCheck check, IWorkScheduler hashing)
    {
        // The scheduler drops what is queued after it has been stopped, and then nobody else ends the wait.
        using var giveUp = check._cancellation.UnsafeRegister(static done => ((TaskCompletionSource<bool>)done!).TrySetResult(false), check._done);
        hashing.Queue(check);
        return await check._done.Task.ConfigureAwait(false);
    }
}
