using System.Collections.Concurrent;
using Rivulet.JetStream.Api;
using Rivulet.JetStream.Hosting;
using Rivulet.Storage;

namespace Rivulet.JetStream;

/// <summary>
/// JetStream of one server: owns the file store and the memory store and the accounts that use them. Thread-safe.
/// </summary>
public sealed class JetStreamEngine : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, JetStreamAccount> _accounts = new(StringComparer.Ordinal);
    private readonly MessageStore _fileStore;
    private readonly MessageStore _memoryStore;

    internal JetStreamEngine(JetStreamOptions options, IJetStreamHost host, MessageStore fileStore, MessageStore memoryStore)
    {
        Options = options;
        Host = host;
        _fileStore = fileStore;
        _memoryStore = memoryStore;
        Routes = new ApiRouteTable();
    }

    /// <summary>Settings it was started with.</summary>
    public JetStreamOptions Options { get; }

    /// <summary>The process around it.</summary>
    public IJetStreamHost Host { get; }

    /// <summary>The accounts that have JetStream.</summary>
    public IEnumerable<JetStreamAccount> Accounts => _accounts.Select(pair => pair.Value);

    /// <summary>The operations of the API.</summary>
    internal ApiRouteTable Routes { get; }

    /// <summary>Opens and recovers the stores. Streams come to life when their accounts are enabled.</summary>
    /// <param name="options">Settings.</param>
    /// <param name="host">The process around it.</param>
    /// <param name="cancellationToken">Gives up the recovery.</param>
    public static Task<JetStreamEngine> StartAsync(
        JetStreamOptions options, IJetStreamHost host, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(host);
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromException<JetStreamEngine>(new NotSupportedException("The stores are not there yet."));
    }

    /// <summary>
    /// Gives an account JetStream: its API answers from now on, and the streams it has in the stores resume.
    /// </summary>
    public JetStreamAccount EnableAccount(IAccountRouter router, AccountLimits limits)
    {
        ArgumentNullException.ThrowIfNull(router);
        ArgumentNullException.ThrowIfNull(limits);
        var account = new JetStreamAccount(this, router, limits);
        if (!_accounts.TryAdd(router.AccountName, account))
            throw new InvalidOperationException($"Account {router.AccountName} has JetStream already.");
        account.Start();
        return account;
    }

    /// <summary>How far the file store has committed.</summary>
    public LogPosition Committed => _fileStore.Committed;

    /// <summary>Tells <paramref name="waiter"/> once <paramref name="position"/> is committed, at once if it is.</summary>
    public void WhenCommitted(LogPosition position, ICommitWaiter waiter) => _fileStore.WhenCommitted(position, waiter);

    /// <summary>Whether there is nothing more to wait for at this position: it is committed, or the store has failed.</summary>
    internal bool HasSettled(LogPosition position) => _fileStore.Committed >= position || _fileStore.Failure is not null;

    /// <summary>Stops the accounts and closes the stores.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (JetStreamAccount account in Accounts)
            account.Stop();
        await _fileStore.DisposeAsync().ConfigureAwait(false);
        await _memoryStore.DisposeAsync().ConfigureAwait(false);
    }
}
