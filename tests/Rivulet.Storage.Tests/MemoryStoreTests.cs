using Rivulet.Storage.Tests.Suites;

namespace Rivulet.Storage.Tests;

public sealed class MemoryAppendTests : AppendSuite<MemoryHarness>;

public sealed class MemoryBatchTests : BatchSuite<MemoryHarness>;

public sealed class MemoryCompressionTests : CompressionSuite<MemoryHarness>;

public sealed class MemoryLimitTests : LimitSuite<MemoryHarness>;

public sealed class MemoryRemovalTests : RemovalSuite<MemoryHarness>;

public sealed class MemoryReadTests : ReadSuite<MemoryHarness>;

public sealed class MemoryPageTests : PageSuite<MemoryHarness>;

public sealed class MemoryCommitTests : CommitSuite<MemoryHarness>;

public sealed class MemoryVisibilityTests : VisibilitySuite<MemoryHarness>;

public sealed class MemoryFailureTests
{
    [Fact]
    public async Task An_observer_that_throws_fails_the_store_and_nobody_waits_for_ever()
    {
        await using var store = new MemoryMessageStore(TimeProvider.System, new Random(1));
        StreamLog stream = store.CreateStream(new StreamIdentity("A", "S"), "c"u8, new StreamLimits());
        store.DeliverCommits();
        stream.Observer = new Faulty();
        LogPosition position = stream.Put("a", "1").Position;
        store.DeliverCommits();
        Assert.IsType<StoreFailedException>(store.Failure);
        Assert.Equal(AppendStatus.Failed, stream.Put("b", "2").Status);
        var waiter = new BlockingWaiter();
        store.WhenCommitted(new LogPosition(position.Value + 1), waiter);
        Assert.Throws<StoreFailedException>(waiter.Wait);
        store.DeliverCommits();
    }

    private sealed class Faulty : IStreamObserver
    {
        public void OnCommitted(in StreamCommit commit) => throw new InvalidOperationException("on purpose");

        public void OnFailed(Exception cause)
        {
        }
    }
}
