namespace Rivulet.Storage.Tests.Suites;

/// <summary>What every kind of store must do; each kind runs it with its own harness.</summary>
public abstract class StoreSuite<THarness> : IAsyncLifetime
    where THarness : StoreHarness, new()
{
    protected THarness Harness { get; } = new();

    protected MessageStore Store => Harness.Store;

    public async ValueTask InitializeAsync() => await Harness.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await Harness.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected void Commit() => Harness.Commit();
}
