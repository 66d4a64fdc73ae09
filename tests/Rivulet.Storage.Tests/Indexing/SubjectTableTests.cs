using System.Globalization;
using System.Text;
using Rivulet.Protocol;
using Rivulet.Storage.Indexing;

namespace Rivulet.Storage.Tests.Indexing;

public sealed class SubjectTableTests
{
    private static readonly string[] Words = ["a", "b", "ab", "a-b", "é", "zz", "0", "x1"];

    [Fact]
    public void Random_additions_and_removals_agree_with_a_sorted_set()
    {
        for (int seed = 1; seed <= 20; seed++)
        {
            var random = new Random(seed);
            var table = new SubjectTable((ulong)seed);
            var expected = new SortedDictionary<string, int>(ByteOrder.Instance);
            for (int i = 0; i < 1_000; i++)
            {
                string key = RandomKey(random);
                if (random.Next(3) > 0)
                {
                    expected[key] = table.FindOrAdd(Encoding.UTF8.GetBytes(key));
                }
                else if (expected.Remove(key, out int subject))
                {
                    Assert.Equal(subject, table.Find(Encoding.UTF8.GetBytes(key)));
                    table.Remove(subject);
                }
                Assert.Equal(expected.GetValueOrDefault(key), table.Find(Encoding.UTF8.GetBytes(key)));
            }
            Assert.Equal(expected.Count, table.Count);
            Assert.Equal(expected.Keys, Walk(table, ""));
            for (int i = 0; i < 50; i++)
            {
                string from = RandomKey(random);
                Assert.Equal(expected.Keys.Where(key => ByteOrder.Instance.Compare(key, from) >= 0), Walk(table, from));
            }
        }
    }

    [Fact]
    public void An_order_that_is_deferred_is_the_same()
    {
        string[] alphabets = ["ab", "a\0", "abcdefgh.", "aaaaaaaab"];
        for (int seed = 1; seed <= 200; seed++)
        {
            var random = new Random(seed);
            string alphabet = alphabets[seed % alphabets.Length];
            string prefix = new('p', random.Next(0, 20));
            var table = new SubjectTable((ulong)seed);
            var expected = new SortedSet<string>(ByteOrder.Instance);
            table.Tree.Defer();
            for (int i = random.Next(0, 600); i >= 0; i--)
            {
                string key = prefix + string.Concat(Enumerable.Range(0, random.Next(1, 24)).Select(_ => alphabet[random.Next(alphabet.Length)]));
                if (random.Next(8) > 0)
                {
                    table.FindOrAdd(Encoding.UTF8.GetBytes(key));
                    expected.Add(key);
                }
                else if (expected.Count > 0)
                {
                    string gone = expected.ElementAt(random.Next(expected.Count));
                    table.Remove(table.Find(Encoding.UTF8.GetBytes(gone)));
                    expected.Remove(gone);
                }
            }
            Assert.Equal(expected, Walk(table, ""));
            string late = prefix + "late";
            table.FindOrAdd(Encoding.UTF8.GetBytes(late));
            expected.Add(late);
            Assert.Equal(expected, Walk(table, ""));
            foreach (string key in expected.ToArray())
                table.Remove(table.Find(Encoding.UTF8.GetBytes(key)));
            Assert.Empty(Walk(table, ""));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("a.long.prefix.of.all.")]
    public void An_order_that_is_deferred_is_the_same_for_many(string prefix)
    {
        var random = new Random(11);
        var table = new SubjectTable(11);
        var expected = new SortedSet<string>(ByteOrder.Instance);
        table.Tree.Defer();
        while (expected.Count < 30_000)
        {
            int group = random.Next(3);
            string key = prefix + (group == 0 ? "same.eight.bytes." : "") + random.NextInt64(1L << (8 * random.Next(1, 8)))
                .ToString(CultureInfo.InvariantCulture);
            table.FindOrAdd(Encoding.UTF8.GetBytes(key));
            expected.Add(key);
        }
        Assert.Equal(expected, Walk(table, ""));
    }

    [Fact]
    public void Many_keys_are_found_and_walked()
    {
        var table = new SubjectTable(7);
        for (int i = 0; i < 20_000; i++)
            table.FindOrAdd(Encoding.UTF8.GetBytes("key." + (i * 7919 % 20_000).ToString(CultureInfo.InvariantCulture)));
        Assert.Equal(20_000, table.Count);
        List<string> walked = Walk(table, "");
        Assert.Equal(walked.Order(ByteOrder.Instance), walked);
        Assert.Equal(20_000, walked.Distinct().Count());
        for (int i = 0; i < 20_000; i += 2)
            table.Remove(table.Find(Encoding.UTF8.GetBytes("key." + i.ToString(CultureInfo.InvariantCulture))));
        Assert.Equal(10_000, Walk(table, "").Count);
    }

    [Fact]
    public void Filtered_walks_agree_with_matching_every_subject()
    {
        var random = new Random(3);
        var index = new StreamIndex(SizeAccounting.File, null, 1);
        var keys = new HashSet<string>();
        ulong sequence = 0;
        for (int i = 0; i < 400; i++)
        {
            string key = RandomKey(random);
            if (!keys.Add(key))
                continue;
            index.TailAdd(++sequence, Encoding.UTF8.GetBytes(key), 1, false, 0);
        }
        for (int i = 0; i < 600; i++)
        {
            string[] filters = [.. Enumerable.Range(0, 1 + random.Next(3)).Select(_ => RandomFilter(random))];
            ReadOnlyMemory<byte>[] bytes = [.. filters.Select(f => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(f))];
            string from = random.Next(2) == 0 ? "" : RandomKey(random);
            var cursor = new SubjectMatchCursor(index, bytes, false, int.MaxValue);
            var found = new List<string>();
            for (bool more = cursor.MoveTo(Encoding.UTF8.GetBytes(from)); more; more = cursor.MoveNext())
                found.Add(Encoding.UTF8.GetString(cursor.Key));
            cursor.Dispose();
            Assert.Equal(
                keys.Where(key => bytes.Any(f => Subject.Matches(Encoding.UTF8.GetBytes(key), f.Span)))
                    .Where(key => ByteOrder.Instance.Compare(key, from) >= 0)
                    .Order(ByteOrder.Instance),
                found);
        }
    }

    /// <summary>The cost of a walk: what matches, and a step or two for each distinct token at a wildcard.</summary>
    [Theory]
    [InlineData("a.7.>", 0, 1_010)]
    [InlineData("a.*.500", 0, 40)]
    [InlineData("*.3.500", 0, 10)]
    [InlineData("b.>", 0, 2)]
    [InlineData("a.3", 0, 4)]
    public void A_walk_skips_what_cannot_match(string filter, int least, int most)
    {
        var index = new StreamIndex(SizeAccounting.File, null, 1);
        ulong sequence = 0;
        for (int i = 0; i < 10; i++)
        {
            for (int j = 0; j < 1_000; j++)
                index.TailAdd(++sequence, Encoding.UTF8.GetBytes($"a.{i}.{j}"), 1, false, 0);
        }
        int steps = StepsOf(index, filter);
        Assert.InRange(steps, least, most);
    }

    private static int StepsOf(StreamIndex index, string filter)
    {
        for (int budget = 0; ; budget++)
        {
            var cursor = new SubjectMatchCursor(index, [Encoding.UTF8.GetBytes(filter)], false, budget);
            for (bool more = cursor.MoveTo([]); more; more = cursor.MoveNext())
            {
            }
            cursor.Dispose();
            if (!cursor.IsPaused)
                return budget;
        }
    }

    private static List<string> Walk(SubjectTable table, string from)
    {
        var cursor = new SubjectCursor(table);
        var found = new List<string>();
        for (cursor.Seek(Encoding.UTF8.GetBytes(from)); cursor.Subject != 0; cursor.Next())
            found.Add(Encoding.UTF8.GetString(cursor.Key));
        cursor.Dispose();
        return found;
    }

    private static string RandomKey(Random random) =>
        string.Join('.', Enumerable.Range(0, 1 + random.Next(4)).Select(_ => Words[random.Next(Words.Length)]));

    private static string RandomFilter(Random random)
    {
        List<string> tokens = [.. Enumerable.Range(0, 1 + random.Next(4))
            .Select(_ => random.Next(3) == 0 ? "*" : Words[random.Next(Words.Length)])];
        if (random.Next(3) == 0)
            tokens[^1] = ">";
        return string.Join('.', tokens);
    }

    private sealed class ByteOrder : IComparer<string>
    {
        public static ByteOrder Instance { get; } = new();

        public int Compare(string? x, string? y) =>
            Encoding.UTF8.GetBytes(x!).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(y!));
    }
}
