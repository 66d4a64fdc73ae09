using System.Text;
using Rivulet.Protocol;
using Rivulet.Protocol.Tests.Subjects;

namespace Rivulet.Fuzz.Tests;

/// <summary>Subjects and filters of any bytes, against the slow rules; the map against a scan.</summary>
public class SubjectFuzz
{
    private static readonly byte[][] Corpus = Latin1(
        "foo", "foo.bar", "foo.*", "foo.>", ">", "*", "*.*", "a.b.c.d", "$KV.bucket.key", "foo..bar", ".", "a*.b>", "fo o");

    private static readonly byte[][] Fragments = Latin1(".", "..", "*", ">", ".*", ".>", "*.", ">.", " ", "a", "foo.");

    // The map tells values apart by reference, the scan by text: each text is one string.
    private static readonly string[] Values = ["v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7"];

    [Theory]
    [InlineData(FuzzLength.Short)]
    [InlineData(FuzzLength.Campaign, Explicit = true)]
    public void Subjects_are_judged_as_by_the_slow_rules(FuzzLength length)
    {
        var mutator = new Mutator(Corpus, Fragments);
        FuzzLoop.Run(length, "subjects", mutator.Next, (input, random) =>
        {
            string subject = Encoding.Latin1.GetString(input);
            byte[] other = mutator.Next(random);
            string filter = Encoding.Latin1.GetString(other);

            Assert.Equal(SlowSubjects.IsValidSubscription(subject), Subject.IsValidSubscription(input));
            Assert.Equal(SlowSubjects.IsLiteral(subject), Subject.IsLiteral(input));
            Assert.Equal(subject.Length == 0 ? 0 : subject.Split('.').Length, Subject.CountTokens(input));
            if (SlowSubjects.IsValidSubscription(filter))
                Assert.Equal(SlowSubjects.Matches(subject, filter), Subject.Matches(input, other));
            // Safe on anything, whatever the answer.
            _ = Subject.Matches(input, other);
            _ = Subject.IsSubset(input, other);
            Assert.Equal(Subject.Overlaps(input, other), Subject.Overlaps(other, input));
        });
    }

    [Theory]
    [InlineData(FuzzLength.Short)]
    [InlineData(FuzzLength.Campaign, Explicit = true)]
    public void The_map_finds_what_a_scan_finds(FuzzLength length)
    {
        FuzzLoop.Run(length, "subject map", GenerateHistory, (history, random) =>
        {
            var map = new SubjectMap<string>();
            var pairs = new List<(string Filter, string Value)>();
            foreach (byte step in history)
            {
                (string Filter, string Value) pair =
                    (SmallSubjects.Filters[random.Next(SmallSubjects.Filters.Length)], Values[step % Values.Length]);
                bool add = step >= 80;
                bool changed = add
                    ? map.Add(Encoding.Latin1.GetBytes(pair.Filter), pair.Value)
                    : map.Remove(Encoding.Latin1.GetBytes(pair.Filter), pair.Value);
                Assert.Equal(add != pairs.Contains(pair), changed);
                if (changed && add)
                    pairs.Add(pair);
                else if (changed)
                    pairs.Remove(pair);
            }

            foreach (string subject in SmallSubjects.Published)
            {
                var found = new List<string>();
                map.Match(Encoding.Latin1.GetBytes(subject), found);
                IEnumerable<string> expected =
                    pairs.Where(p => SlowSubjects.Matches(subject, p.Filter)).Select(p => p.Value);
                Assert.Equal(expected.Order(StringComparer.Ordinal), found.Order(StringComparer.Ordinal));
            }
        });
    }

    private static byte[] GenerateHistory(Random random)
    {
        byte[] history = new byte[random.Next(300)];
        random.NextBytes(history);
        return history;
    }

    private static byte[][] Latin1(params string[] texts) => [.. texts.Select(Encoding.Latin1.GetBytes)];
}
