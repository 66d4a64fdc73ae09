using System.Globalization;
using System.Text;
using Rivulet.JetStream.Streams;
using Rivulet.TestKit.Measuring;

namespace Rivulet.JetStream.Tests.Streams;

public sealed class DuplicateTableTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void It_remembers_what_a_plain_dictionary_would(int seed)
    {
        var random = new Random(seed);
        var table = new DuplicateTable();
        var model = new Dictionary<string, (ulong Sequence, long Time)>(StringComparer.Ordinal);
        long time = 0;
        for (ulong sequence = 1; sequence <= 20_000; sequence++)
        {
            time += random.Next(3);
            string id = new string('x', random.Next(60)) + random.Next(3_000).ToString(CultureInfo.InvariantCulture);
            ulong known = table.Find(Encoding.UTF8.GetBytes(id));
            Assert.Equal(model.GetValueOrDefault(id).Sequence, known);
            if (known == 0)
            {
                table.Add(Encoding.UTF8.GetBytes(id), sequence, time);
                model[id] = (sequence, time);
            }

            if (random.Next(20) == 0)
            {
                long before = time - random.Next(2_000);
                table.ForgetBefore(before);
                foreach (string old in model.Where(pair => pair.Value.Time < before).Select(pair => pair.Key).ToArray())
                    model.Remove(old);
            }

            Assert.Equal(model.Count, table.Count);
        }
    }

    [Fact]
    public void It_allocates_nothing_once_it_has_its_size()
    {
        var table = new DuplicateTable();
        byte[] id = new byte[22];
        Assert.Equal(0, ThreadAllocation.InSteadyState(20_000, 80_000, i =>
        {
            BitConverter.TryWriteBytes(id, i);
            table.ForgetBefore(i - 1000);
            table.Add(id, (ulong)i + 1, i);
        }));
    }

    [Fact]
    public void It_gives_memory_back_after_a_flood()
    {
        var table = new DuplicateTable();
        for (int i = 0; i < 200_000; i++)
            table.Add(BitConverter.GetBytes(i), (ulong)i + 1, i);
        long full = table.MemoryBytes;
        for (int i = 0; i < 20; i++)
            table.ForgetBefore(200_000);

        Assert.Equal(0, table.Count);
        Assert.True(table.MemoryBytes < full / 16, $"{table.MemoryBytes} of {full}");
    }
}
