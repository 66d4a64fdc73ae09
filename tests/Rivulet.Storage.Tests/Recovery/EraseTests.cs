using Rivulet.TestKit.Simulation;

namespace Rivulet.Storage.Tests.Recovery;

public sealed class EraseTests
{
    [Fact]
    public void An_erased_message_is_overwritten_on_the_disk()
    {
        using var store = new DiskStore(new SimulatedFileSystem(), SyncPolicy.Interval(TimeSpan.FromHours(1)));
        StreamLog stream = store.CreateStream("S", new StreamLimits { MaxMessagesPerSubject = 1 });
        stream.Put("a", "old");
        stream.Put("a", "SECRET-VALUE", "SECRET-HEADER");
        stream.Put("b", "KEPT-VALUE");
        store.Commit();
        Assert.Contains("SECRET-VALUE", Text(store.Disk), StringComparison.Ordinal);
        stream.Remove(2, erase: true);
        store.Commit();
        SimulatedFileSystem disk = store.Disk.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(1));
        Assert.DoesNotContain("SECRET", Text(disk), StringComparison.Ordinal);
        Assert.Contains("KEPT-VALUE", Text(disk), StringComparison.Ordinal);
        using var reopened = new DiskStore(disk);

        // What the erased record removed stays removed, and nothing looks damaged.
        Assert.Equal(["3:b=KEPT-VALUE"], reopened["S"].Everything());
        Assert.Empty(reopened["S"].State.Lost);
        Assert.DoesNotContain(reopened.Logger.Lines, line => line.StartsWith("Warning", StringComparison.Ordinal));
    }

    [Fact]
    public void A_message_that_is_only_removed_is_left_where_it_is()
    {
        using var store = new DiskStore(new SimulatedFileSystem());
        StreamLog stream = store.CreateStream("S");
        stream.Put("a", "VALUE");
        stream.Remove(1, erase: false);
        store.Commit();
        Assert.Contains("VALUE", Text(store.Disk), StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_crash_left_undone_is_erased_after_it()
    {
        using var store = new DiskStore(new SimulatedFileSystem());
        StreamLog stream = store.CreateStream("S");
        stream.Put("a", "SECRET-VALUE");
        store.Commit();

        // The removal is written and synced by the next round; the power goes before anything else is.
        SimulatedFileSystem? cut = null;
        stream.Observer = new Ear(() => cut = store.Disk.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(1)));
        stream.Remove(1, erase: true);
        store.Commit();
        Assert.Contains("SECRET-VALUE", Text(cut!), StringComparison.Ordinal);
        using (var reopened = new DiskStore(cut!))
        {
            Assert.Empty(reopened["S"].Everything());
            reopened["S"].Put("b", "next");
            reopened.Commit();
        }
        Assert.DoesNotContain("SECRET", Text(cut!), StringComparison.Ordinal);
    }

    /// <summary>Neither is what the erased message had pushed out back, nor is anything lost that was committed with it.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_erasure_that_is_cut_short_is_no_damage(bool inOneRound)
    {
        for (int seed = 0; seed < 40; seed++)
        {
            var random = new Random(seed);
            using var store = new DiskStore(new SimulatedFileSystem());
            StreamLog stream = store.CreateStream("S", new StreamLimits { MaxMessagesPerSubject = 1 });
            stream.Put("a", "old");
            stream.Put("a", new string('x', 3_000));
            stream.Put("b", "kept");
            if (!inOneRound)
                store.Commit();
            stream.Remove(2, erase: true);
            stream.Put("c", "kept");
            stream.Put("a", "new");
            stream.Remove(5, erase: false);

            // The power goes when the zeros are written and not synced.
            SimulatedFileSystem? cut = null;
            store.Disk.BeforeSync = _ =>
            {
                if (!Text(store.Disk).Contains("xxx", StringComparison.Ordinal))
                    cut = store.Disk.ImageAfterPowerCut(UnsyncedSurvival.Random, random);
            };
            store.Commit();
            Assert.NotNull(cut);
            using var reopened = new DiskStore(cut);
            Assert.Equal(["3:b=kept", "4:c=kept"], reopened["S"].Everything());
            Assert.Equal(5UL, reopened["S"].State.LastSequence);
            Assert.Empty(reopened["S"].State.Lost);
            Assert.DoesNotContain(reopened.Logger.Lines, line => line.StartsWith("Warning", StringComparison.Ordinal));
        }
    }

    private static string Text(SimulatedFileSystem disk) =>
        System.Text.Encoding.ASCII.GetString(disk.ReadAll(DiskStore.Segment(1)));

    private sealed class Ear(Action onCommit) : IStreamObserver
    {
        public void OnCommitted(in StreamCommit commit) => onCommit();

        public void OnFailed(Exception cause) => throw cause;
    }
}
