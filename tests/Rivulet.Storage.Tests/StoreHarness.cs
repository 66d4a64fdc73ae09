using Rivulet.TestKit.Simulation;

namespace Rivulet.Storage.Tests;

/// <summary>
/// A store of one kind, as the shared suites drive it. Each test has its own; one thread.
/// </summary>
public abstract class StoreHarness : IAsyncDisposable
{
    public ManualTimeProvider Time { get; } = new();

    public MessageStore Store { get; private set; } = null!;

    /// <summary>Whether what is committed survives a reopen.</summary>
    public abstract bool IsLasting { get; }

    /// <summary>The per-message overhead that this kind of store accounts.</summary>
    public abstract long AccountedOverheadBytes { get; }

    public abstract Task<MessageStore> OpenAsync();

    /// <summary>Makes everything appended so far committed.</summary>
    public virtual void Commit()
    {
        Store.DeliverCommits();
        var waiter = new BlockingWaiter();
        Store.WhenCommitted(Store.Appended, waiter);
        waiter.Wait();
    }

    /// <summary>Lets nothing be committed until it is disposed. Stores that commit by hand have no need of it.</summary>
    public virtual IDisposable? HoldCommits() => null;

    public async Task StartAsync() => Store = await OpenAsync();

    /// <summary>Closes the store and opens it again.</summary>
    public async Task ReopenAsync()
    {
        await Store.DisposeAsync();
        Store = await OpenAsync();
    }

    /// <summary>Opens the store again after a crash that took everything unsynced.</summary>
    public virtual Task CrashAsync() => throw new NotSupportedException("this kind of store cannot crash");

    /// <summary>Takes another store over as the one under test.</summary>
    protected void Replace(MessageStore store) => Store = store;

    /// <summary>Creates a stream and commits that.</summary>
    public StreamLog CreateStream(string name = "S", StreamLimits? limits = null)
    {
        StreamLog stream = Store.CreateStream(new StreamIdentity("A", name), "config"u8, limits ?? new StreamLimits());
        Commit();
        return stream;
    }

    public StreamLog FindStream(string name = "S") => Store.Streams.Single(stream => stream.Identity.Name == name);

    public virtual async ValueTask DisposeAsync()
    {
        if (Store is not null)
            await Store.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}

/// <summary>Blocks a test until a commit, and fails it when the store fails or nothing comes.</summary>
public sealed class BlockingWaiter : ICommitWaiter
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void OnCommitted(LogPosition position) => _done.TrySetResult();

    public void OnFailed(Exception cause) => _done.TrySetException(new StoreFailedException("the store failed", cause));

    public void Wait()
    {
        bool ended = ((IAsyncResult)_done.Task).AsyncWaitHandle.WaitOne(TimeSpan.FromSeconds(30));
        Assert.True(ended, "nothing was committed");
        _done.Task.GetAwaiter().GetResult();
    }
}
