using Rivulet.Protocol;

namespace Rivulet.Storage.Tests.Suites;

public abstract class VisibilitySuite<THarness> : StoreSuite<THarness>
    where THarness : StoreHarness, new()
{
    private static readonly string[] Filters = ["a.b", "a.c", "a.*", ">", "x"];

    [Fact]
    public void Nothing_uncommitted_is_visible()
    {
        StreamLog stream = Harness.CreateStream();
        using (Harness.HoldCommits())
        {
            stream.Put("a", "1");
            StreamState state = stream.State;
            Assert.Equal((0UL, 0UL, 0UL, 0UL), (state.Messages, state.LastSequence, state.Subjects, state.FirstSequence));
            Assert.Equal("NotFound", stream.Get(1));
            Assert.Equal("NotFound", stream.GetLast("a"));
            Assert.Equal("NotFound", stream.GetLast("*"));
            Assert.Equal("NotFound", stream.GetNext(1));
            Assert.Equal("NotFound", stream.GetNext(1, "a"));
            Assert.Equal("NotFound", stream.GetNext(1, "*"));
            Assert.Empty(stream.SubjectList());
            Assert.Equal((0UL, 0UL), stream.CountPending(1, FilterSet.All, lastPerSubject: false));
            Assert.Equal((0UL, 0UL), stream.CountPending(100, FilterSet.All, lastPerSubject: false));
            Assert.Equal((0UL, 0UL), stream.CountPending(1, FilterSet.From(["a"]), lastPerSubject: true));
            Assert.Equal(0, stream.LastPerSubject(FilterSet.All, ulong.MaxValue, 10, []));
            Assert.Equal(1UL, stream.FindByTime(0));
        }
        Commit();
        Assert.Equal("a=1", stream.GetLast("a"));
    }

    [Fact]
    public void The_writer_sees_what_is_uncommitted()
    {
        StreamLog stream = Harness.CreateStream();
        using (Harness.HoldCommits())
        {
            stream.Put("a.b", "1");
            stream.Put("a.c", "1");
            Assert.Equal((2UL, 1UL, 2UL), (stream.Tail.Messages, stream.Tail.FirstSequence, stream.Tail.LastSequence));
            Assert.Equal([1, 2, 2, 2, 0], Filters.Select(f => (int)stream.TailLastOf(f)));
            stream.Remove(2, erase: false);
            Assert.Equal([1, 0, 1, 1, 0], Filters.Select(f => (int)stream.TailLastOf(f)));
        }
    }

    [Fact]
    public void A_replaced_value_stays_visible_until_the_commit()
    {
        StreamLog stream = Harness.CreateStream(limits: new StreamLimits { MaxMessagesPerSubject = 1 });
        stream.Put("a", "old");
        Commit();
        using (Harness.HoldCommits())
        {
            stream.Put("a", "new");
            Assert.Equal("a=old", stream.GetLast("a"));
            Assert.Equal("a=old", stream.Get(1));
            Assert.Equal(["a:1:1-1"], stream.SubjectList());
            Assert.Equal((1UL, 1UL), (stream.State.Messages, stream.State.LastSequence));
        }
        Commit();
        Assert.Equal(["2:a=new"], stream.Everything());
    }

    [Fact]
    public void What_is_removed_stays_visible_until_the_commit()
    {
        StreamLog stream = Harness.CreateStream();
        foreach (string subject in new[] { "a", "b", "c", "d" })
            stream.Put(subject, "1");
        Commit();
        using (Harness.HoldCommits())
        {
            stream.Remove(1, erase: false);
            stream.PurgeOf("b");
            stream.Put("c", "2", rollup: RollupScope.Subject);
            Assert.Equal(4, stream.Everything().Count);
            stream.PurgeOf();
            Assert.Equal(4, stream.Everything().Count);
            Assert.Equal(0UL, stream.Tail.Messages);
            stream.Delete();
            Assert.Equal(4, stream.Everything().Count);
        }
        Commit();
        Assert.Empty(stream.Everything());
    }

    [Fact]
    public void What_was_appended_is_not_committed_before_its_time()
    {
        StreamLog stream = Harness.CreateStream();
        using (Harness.HoldCommits())
        {
            LogPosition position = stream.Put("a").Position;
            Assert.True(Store.Committed < position);
            Assert.True(Store.Appended >= position);
        }
        Commit();
        Assert.Equal(Store.Appended, Store.Committed);
    }
}
