using Rivulet.Server.Routing;

namespace Rivulet.Server.Tests.Routing;

/// <summary>Members of a queue group that come and go.</summary>
public sealed class QueueGroupTests
{
    [Fact]
    public void Members_are_those_that_came_and_did_not_go()
    {
        var random = new Random(5);
        var group = new QueueGroup("a"u8.ToArray(), "q"u8.ToArray());
        var members = new List<Member>();
        for (int step = 0; step < 4000; step++)
        {
            if (members.Count == 0 || random.Next(100) < (step / 500 % 2 == 0 ? 70 : 30))
            {
                members.Add(new Member());
                group.Add(members[^1]);
            }
            else
            {
                int at = random.Next(members.Count);
                Assert.True(group.Remove(members[at]));
                Assert.False(group.Remove(members[at]));
                members.RemoveAt(at);
            }

            Assert.Equal(members.Count, group.MemberCount);
            Assert.Null(group.MemberAt(members.Count));
        }

        Assert.Equal(members.ToHashSet<RouteTarget?>(), Enumerable.Range(0, group.MemberCount).Select(group.MemberAt).ToHashSet());
    }

    /// <summary>One client may have all its subscriptions in one group, under the lock that all publishers of the account share.</summary>
    [Fact]
    public void A_member_comes_and_goes_at_a_cost_that_does_not_grow_with_the_group()
    {
        const int Members = 20_000;
        var group = new QueueGroup("a"u8.ToArray(), "q"u8.ToArray());
        var members = Enumerable.Range(0, Members).Select(_ => new Member()).ToArray();
        long before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var member in members)
            group.Add(member);
        foreach (var member in members)
            Assert.True(group.Remove(member));
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / Members, 0, 1000);
    }

    private sealed class Member() : RouteTarget("a"u8.ToArray());
}
