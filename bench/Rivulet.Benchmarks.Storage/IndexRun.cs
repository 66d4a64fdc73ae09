using System.Diagnostics;
using System.Text;
using Rivulet.Storage.Indexing;
using Rivulet.Storage.Records;

namespace Rivulet.Benchmarks.Storage;

/// <summary>The index by itself: what a key costs in memory and time.</summary>
internal static class IndexRun
{
    private const ulong HashSeed = 1;

    public static void Run(int keys)
    {
        byte[] all = MakeKeys(keys, out int[] starts);
        long keyBytes = starts[keys];
        Console.WriteLine($"-- index, {keys:N0} keys of {(double)keyBytes / keys:N1} bytes");
        long before = Process.GetCurrentProcess().WorkingSet64;
        var memory = new IndexMemory(long.MaxValue);
        var index = new StreamIndex(SizeAccounting.File, null, HashSeed, memory);
        int[] order = new int[keys];
        for (int i = 0; i < keys; i++)
            order[i] = i;
        new Random(5).Shuffle(order);

        Report("add and commit", keys, () => AddAll(index, all, starts, order));
        ReportMemory(memory, keys, keyBytes, before);
        Report("find and last entry", keys, () => FindAll(index, all, starts, order));
        Report("add again, drop one", keys, () => ReplaceAll(index, all, starts, order));
        ReportMemory(memory, keys, keyBytes, before);
        Report("find and last entry", keys, () => FindAll(index, all, starts, order));
        new Random(9).Shuffle(order);
        Report("add again, shuffled", keys, () => ReplaceAll(index, all, starts, order));
        ReportMemory(memory, keys, keyBytes, before);
        Report("find, shuffled", keys, () => FindAll(index, all, starts, order));
        Report("walk", keys, () => Walk(index, keys));
        long start = Stopwatch.GetTimestamp();
        index.Release();
        Console.WriteLine($"   release                    {Stopwatch.GetElapsedTime(start).TotalMilliseconds,10:N1} ms");
        Report("replay", keys, () => ReplayAll(index, all, starts, order));
        ReportMemory(memory, keys, keyBytes, before);
        GC.KeepAlive(all);
    }

    private static byte[] MakeKeys(int keys, out int[] starts)
    {
        var random = new Random(1);
        var all = new List<byte>(keys * 32);
        starts = new int[keys + 1];
        for (int i = 0; i < keys; i++)
        {
            starts[i] = all.Count;
            all.AddRange(Encoding.UTF8.GetBytes($"$KV.bench.{i:x8}.{new string('k', random.Next(1, 20))}"));
        }
        starts[keys] = all.Count;
        return [.. all];
    }

    private static ReadOnlySpan<byte> Key(byte[] all, int[] starts, int i) => all.AsSpan(starts[i]..starts[i + 1]);

    private static void AddAll(StreamIndex index, byte[] all, int[] starts, int[] order)
    {
        ulong sequence = index.VisibleLast;
        foreach (int i in order)
        {
            index.TailAdd(++sequence, Key(all, starts, i), 128, false, (long)sequence);
            index.Sequences[sequence].SetPlace(1, 8);
            index.CommitAdd(sequence);
        }
    }

    private static void ReplaceAll(StreamIndex index, byte[] all, int[] starts, int[] order)
    {
        ulong sequence = index.VisibleLast;
        foreach (int i in order)
        {
            int subject = index.TailAdd(++sequence, Key(all, starts, i), 128, false, (long)sequence);
            index.Sequences[sequence].SetPlace(1, 8);
            ulong oldest = index.TailFirstOf(subject);
            index.TailRemove(oldest);
            index.CommitAdd(sequence);
            index.CommitRemove(oldest);
        }
    }

    private static void ReplayAll(StreamIndex index, byte[] all, int[] starts, int[] order)
    {
        var hash = new SubjectHash(HashSeed);
        ulong sequence = index.VisibleLast;
        foreach (int i in order)
        {
            ReadOnlySpan<byte> key = Key(all, starts, i);
            index.ReplayAdd(++sequence, key, hash.Compute(key), 128, false, new RecordShape(1, IsCompact: true), (long)sequence);
            index.Sequences[sequence].SetPlace(1, 8);
        }
    }

    private static void FindAll(StreamIndex index, byte[] all, int[] starts, int[] order)
    {
        var random = new Random(3);
        long sum = 0;
        for (int n = 0; n < order.Length; n++)
        {
            int i = random.Next(order.Length);
            int subject = index.Subjects.Find(Key(all, starts, i));
            sum += index.Sequences[index.Subjects[subject].Last].OffsetBytes;
        }
        if (sum == 0)
            throw new InvalidOperationException("nothing was found");
    }

    private static void Walk(StreamIndex index, int keys)
    {
        var cursor = new SubjectCursor(index.Subjects);
        int seen = 0;
        for (cursor.SeekFirst(); cursor.Subject != 0; cursor.Next())
            seen++;
        cursor.Dispose();
        if (seen != keys)
            throw new InvalidOperationException($"walked {seen}");
    }

    private static void Report(string what, int count, Action action)
    {
        TimeSpan cpu = Environment.CpuUsage.TotalTime;
        long start = Stopwatch.GetTimestamp();
        action();
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        cpu = Environment.CpuUsage.TotalTime - cpu;
        Console.WriteLine(
            $"   {what,-20} {elapsed.TotalNanoseconds / count,8:N0} ns  cpu {cpu.TotalNanoseconds / count,8:N0} ns");
    }

    private static void ReportMemory(IndexMemory memory, int keys, long keyBytes, long workingSetBefore)
    {
        using var process = Process.GetCurrentProcess();
        Console.WriteLine(
            $"   beyond the key: {(double)(memory.UsedBytes - keyBytes) / keys,6:N1} B taken, " +
            $"{(double)(memory.PeakBytes - keyBytes) / keys,6:N1} B at most, " +
            $"{(double)(process.WorkingSet64 - workingSetBefore - keyBytes) / keys,6:N1} B more in the process");
    }
}
