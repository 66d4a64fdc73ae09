using Rivulet.Simulation.Tests.Campaign;
using Rivulet.Simulation.Tests.Model;
using Rivulet.Storage;

namespace Rivulet.Simulation.Tests.Damage;

/// <summary>Says whether a store that was opened from a damaged sample lost no more than it may, and reported it.</summary>
internal sealed class DamageVerdict(SampleStore sample, FileMessageStore store, IReadOnlyList<string> log)
{
    private readonly ModelStore _read = StoreReader.Read(store);

    /// <summary>After one flipped bit: at most the message whose record it is in.</summary>
    /// <returns>How many messages are lost.</returns>
    public int AfterFlip(string path, long bit)
    {
        Check(_read.Streams.Keys.SequenceEqual(sample.Undamaged.Streams.Keys), "streams differ");
        int lost = 0;
        foreach ((string name, ModelStream expected) in sample.Undamaged.Streams)
        {
            ModelStream read = _read[name];
            IReadOnlyList<ulong> reported = Stream(name).State.Lost;
            if (expected.DifferenceFrom(read, mayGap: false) is { } difference)
            {
                ModelMessage message = OnlyMissing(expected, read, difference);
                SampleChange record = sample.Find(name, expected.Incarnation, message.Sequence)!;
                (long at, long _) = sample.PositionsFrom(path, bit / 8);
                Check(record.Start <= at && at < record.End, $"{name} lost {message}, which lies elsewhere");
                Check(reported.SequenceEqual([message.Sequence]), $"{name} lost {message} and does not say so");
                string place = $"{Path.GetFileName(path)} at offset {OffsetOf(path, record.Start)}";
                Check(
                    log.Any(line => line.Contains($"Message {message.Sequence} of stream A/{name} is damaged and lost: {place}", StringComparison.Ordinal)),
                    $"the loss of {message} is not logged with {place}");
                lost++;
            }
            else
            {
                Check(reported.Count == 0, $"{name} reports lost {string.Join(',', reported)} and lost nothing");
            }
        }
        Check(lost <= 1, "more than one message is lost");
        return lost;
    }

    /// <summary>After a file was cut off: at most what lay behind the cut, and what that had removed may be back.</summary>
    /// <returns>How many messages are lost.</returns>
    public int AfterCut(string path, long lengthBytes)
    {
        (long start, long end) = sample.PositionsFrom(path, lengthBytes);
        List<SampleChange> gone = [.. sample.ChangesIn(start, end)];
        int lost = 0;
        foreach (string name in _read.Streams.Keys.Union(sample.Undamaged.Streams.Keys))
        {
            if (gone.Exists(change => change.Stream == name && change.IsDescription))
                continue;
            Check(_read.Streams.ContainsKey(name) && sample.Undamaged.Streams.ContainsKey(name), $"{name} is there in one only");
            lost += StreamAfterCut(path, name, [.. gone.Where(change => change.Stream == name)]);
        }
        string file = Path.GetFileName(path);
        Check(lost == 0 || log.Any(line => line.Contains(file, StringComparison.Ordinal)), $"nothing says what became of {file}");
        return lost;
    }

    private int StreamAfterCut(string path, string name, List<SampleChange> gone)
    {
        ModelStream expected = sample.Undamaged[name];
        ModelStream read = _read[name];
        Check(read.Last >= expected.Last, $"{name} goes on behind {read.Last} in place of {expected.Last}");
        Check(expected.Configuration == read.Configuration && expected.Limits == read.Limits, $"{name} is configured otherwise");
        IReadOnlyList<ulong> reported = Stream(name).State.Lost;
        int lost = 0;
        foreach (ModelMessage missing in expected.Messages.Where(message => !read.Messages.Exists(message.IsSameAs)))
        {
            Check(gone.Exists(change => change.Message?.Sequence == missing.Sequence), $"{name} lost {missing}, which lies elsewhere");
            Check(sample.IsLast(path) || reported.Contains(missing.Sequence), $"{name} lost {missing} and does not say so");
            lost++;
        }
        foreach (ModelMessage back in read.Messages.Where(message => !expected.Messages.Exists(message.IsSameAs)))
        {
            SampleChange? written = sample.Find(name, expected.Incarnation, back.Sequence);

            // One that was erased comes back as zeros: its removal is gone, its content for good.
            bool isErased = !back.Payload.AsSpan().ContainsAnyExcept((byte)0);
            Check(
                written is not null && written.Message!.IsSameAs(isErased ? back with { Payload = written.Message.Payload } : back),
                $"{name} has {back}, which nobody put there");
            Check(gone.Exists(change => change.Removed == back.Sequence), $"{name} has {back} again");
        }
        foreach (string key in expected.Attachments.Keys.Union(read.Attachments.Keys))
        {
            Check(
                gone.Exists(change => change.Attachment == key) || IsSame(expected, read, key),
                $"{name} has another attachment {key}");
        }
        return lost;
    }

    private static bool IsSame(ModelStream expected, ModelStream read, string key) =>
        $"{expected.Attachments.GetValueOrDefault(key)}" == $"{read.Attachments.GetValueOrDefault(key)}";

    private static ModelMessage OnlyMissing(ModelStream expected, ModelStream read, string difference)
    {
        List<ModelMessage> missing = expected.Messages.FindAll(message => !read.Messages.Exists(message.IsSameAs));
        Check(missing.Count == 1, difference);
        ModelStream without = expected.Copy();
        without.Messages.Remove(missing[0]);
        Check(without.DifferenceFrom(read, mayGap: false) is null, difference);
        return missing[0];
    }

    private StreamLog Stream(string name) => store.Streams.Single(stream => stream.Identity.Name == name);

    private long OffsetOf(string path, long position) =>
        position - sample.PositionsFrom(path, 0).Start + Rivulet.Storage.Records.SegmentHeader.AreaBytes;

    private static void Check(bool holds, string complaint)
    {
        if (!holds)
            throw new SimulationFailure(complaint);
    }
}
