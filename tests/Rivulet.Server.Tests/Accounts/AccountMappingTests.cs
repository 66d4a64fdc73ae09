using System.Text;
using Rivulet.Server.Accounts;
using Rivulet.Server.Security;
using Rivulet.TestKit.Measuring;

namespace Rivulet.Server.Tests.Accounts;

/// <summary>What becomes of subjects that clients publish to.</summary>
public class AccountMappingTests
{
    [Fact]
    public void Weights_share_messages_and_what_is_left_stays()
    {
        var mapping = Parse("a.*", ("b.$1", 20), ("c.$1", 30));
        var counts = Counts(mapping, "a.x");
        Assert.Equal(new Dictionary<string, int> { ["b.x"] = 20, ["c.x"] = 30, ["a.x"] = 50 }, counts);
    }

    [Fact]
    public void What_is_left_is_lost_where_the_subject_itself_is_a_destination()
    {
        var counts = Counts(Parse("a", ("a", 60)), "a");
        Assert.Equal(new Dictionary<string, int> { ["a"] = 60, [""] = 40 }, counts);
    }

    [Fact]
    public void A_literal_comes_before_patterns_and_patterns_in_their_order()
    {
        var mappings = AccountMappings.Create(
        [
            new SubjectMapping { Source = "a.*", Destinations = [new MappingDestination("one", 100)] },
            new SubjectMapping { Source = "a.>", Destinations = [new MappingDestination("two.>", 100)] },
            new SubjectMapping { Source = "a.x", Destinations = [new MappingDestination("three", 100)] },
        ])!;
        Assert.Equal("a.x", Encoding.UTF8.GetString(mappings.Find("a.x"u8)!.Source));
        Assert.Equal("a.*", Encoding.UTF8.GetString(mappings.Find("a.y"u8)!.Source));
        Assert.Equal("a.>", Encoding.UTF8.GetString(mappings.Find("a.y.z"u8)!.Source));
        Assert.Null(mappings.Find("b"u8));
    }

    [Fact]
    public void Look_ups_allocate_nothing()
    {
        var mapping = Parse("a.*.*", ("b.$2.{{partition(7,1)}}", 50));
        var random = new Random(1);
        byte[] room = new byte[100];
        Assert.Equal(0, ThreadAllocation.InSteadyState(1000, 1000, i => mapping.Choose(i % 100)!.Apply("a.x.y"u8, room, random)));
    }

    private static AccountMapping Parse(string source, params (string Subject, int Weight)[] destinations)
    {
        var settings = new SubjectMapping
        {
            Source = source,
            Destinations = [.. destinations.Select(one => new MappingDestination(one.Subject, one.Weight))],
        };
        Assert.Null(AccountMapping.Parse(settings, out var mapping));
        return mapping!;
    }

    private static Dictionary<string, int> Counts(AccountMapping mapping, string subject)
    {
        var counts = new Dictionary<string, int>();
        byte[] room = new byte[100];
        byte[] bytes = Encoding.UTF8.GetBytes(subject);
        for (int chance = 0; chance < 100; chance++)
        {
            string to = mapping.Choose(chance) is { } transform
                ? Encoding.UTF8.GetString(room, 0, transform.Apply(bytes, room, new Random(1)))
                : "";
            counts[to] = counts.GetValueOrDefault(to) + 1;
        }

        return counts;
    }
}
