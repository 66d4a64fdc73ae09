using Microsoft.Extensions.Logging.Abstractions;
using Rivulet.TestKit.Simulation;

namespace Rivulet.Storage.Tests.Recovery;

/// <summary>What a store tells while it is being closed, and its disk takes its time.</summary>
public sealed class CloseTests
{
    [Fact]
    public async Task What_was_appended_is_waited_for_until_the_close_has_committed_it()
    {
        using var disk = new GatedFileSystem(new SimulatedFileSystem());
        var options = new FileStoreOptions { Directory = "/store", SyncPolicy = SyncPolicy.Always };
        var store = await FileMessageStore.OpenAsync(
            options, disk, TimeProvider.System, new Random(1), NullLogger.Instance, TestContext.Current.CancellationToken);
        StreamLog stream = store.CreateStream(new StreamIdentity("A", "S"), "c"u8, new StreamLimits());
        Task close;
        LogPosition position;
        using (disk.Hold())
        {
            stream.Put("a", "1");
            position = store.Appended;
            close = Task.Run(() => store.DisposeAsync().AsTask(), TestContext.Current.CancellationToken);
            Assert.True(SpinWait.SpinUntil(() => store.Failure is not null, TimeSpan.FromSeconds(20)));
            Assert.False(store.HasEnded);
            Assert.True(store.Committed < position);
        }

        await close;
        Assert.True(store.HasEnded);
        Assert.True(store.Committed >= position);
    }
}
