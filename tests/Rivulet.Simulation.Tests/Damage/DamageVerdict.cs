using Rivulet.Simulation.Tests.Campaign;
using Rivulet.Simulation.Tests.Model;
using Rivulet.Storage;
using Rivulet.Storage.Records;

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
            if (expected.DifferenceFrom(read, mayGap: false) is not { } difference)
            {
                Check(reported.Count == 0, $"{name} reports lost {string.Join(',', reported)} and lost nothing");
                continue;
            }
            ModelMessage message = OnlyMissing(expected, read, difference);
            SampleRecord? record = sample.RecordAt(path, bit / 8);
            Check(
                record is { IsMessage: true } && record.StreamId == sample.StreamIdOf(name) &&
                record.Header.Sequence == message.Sequence, $"{name} lost {message}, which lies elsewhere");
            Check(reported.SequenceEqual([message.Sequence]), $"{name} lost {message} and does not say so");
            string place = $"{Path.GetFileName(path)} at offset {record!.Start}";

            // With a snapshot it is only found when it is read.
            string text = $"Message {message.Sequence} of stream A/{name} is damaged";
            Check(
                IsLogged($"{text} and lost: {place}") || IsLogged($"{text}: {place}"),
                $"the loss of {message} is not logged with {place}");
            lost++;
        }
        Check(lost <= 1, "more than one message is lost");
        return lost;
    }

    /// <summary>After a file was cut off: at most what lay behind the cut, and what that had removed may be back.</summary>
    /// <returns>How many messages are lost.</returns>
    public int AfterCut(string path, long lengthBytes)
    {
        HashSet<SampleRecord> gone = sample.Without(path, lengthBytes);
        int lost = 0;
        foreach (string name in _read.Streams.Keys.Except(sample.Undamaged.Streams.Keys))
        {
            Check(
                gone.Any(record => record.Header.Kind == RecordKind.StreamDeleted),
                $"{name} is back, and its deletion lies elsewhere");
        }
        foreach ((string name, ModelStream expected) in sample.Undamaged.Streams)
        {
            lost += _read.Streams.ContainsKey(name)
                ? StreamAfterCut(path, name, gone)
                : WholeStreamAfterCut(path, name, expected, gone);
        }
        Check(lost == 0 || IsLogged(Path.GetFileName(path)), $"nothing says what became of {Path.GetFileName(path)}");
        return lost;
    }

    /// <summary>A stream may be lost when nothing of it is left: a file that holds anything of it says what it is.</summary>
    private int WholeStreamAfterCut(string path, string name, ModelStream expected, HashSet<SampleRecord> gone)
    {
        uint id = sample.StreamIdOf(name);
        SampleRecord? left = sample.Records.FirstOrDefault(record => record.StreamId == id && !gone.Contains(record));
        Check(left is null, $"{name} is lost, and {left?.Path} has a {left?.Header.Kind} record of it at {left?.Start}");
        Check(
            sample.IsLast(path) || IsLogged($"Stream number {id} with messages up to {expected.Last} is lost"),
            $"{name} is lost and nothing says so");
        return expected.Messages.Count;
    }

    private int StreamAfterCut(string path, string name, HashSet<SampleRecord> gone)
    {
        ModelStream expected = sample.Undamaged[name];
        ModelStream read = _read[name];
        uint id = sample.StreamIdOf(name);
        if (LastDescription(id, gone) is not { } description)
        {
            // What is served is an older stream of that name, whose deletion went with the one that is missing.
            Check(gone.Any(record => record.Header.Kind == RecordKind.StreamDeleted), $"{name} is there and nothing says what it is");
            return WholeStreamAfterCut(path, name, expected, gone);
        }
        Check(
            description.Limits == read.Limits && description.Configuration.Span.SequenceEqual(Stream(name).Configuration.Span),
            $"{name} is configured otherwise than the last record says that is left");
        Check(read.Last >= expected.Last, $"{name} goes on behind {read.Last} in place of {expected.Last}");
        List<SampleRecord> its = [.. gone.Where(record => record.StreamId == id)];
        foreach (ModelMessage back in read.Messages.Where(message => !expected.Messages.Exists(message.IsSameAs)))
            CheckBack(name, back, its);
        foreach (string key in expected.Attachments.Keys.Union(read.Attachments.Keys))
        {
            Check(
                its.Exists(record => record.Attachment == key) || IsSame(expected, read, key),
                $"{name} has another attachment {key}");
        }
        List<ModelMessage> missing = expected.Messages.FindAll(message => !read.Messages.Exists(message.IsSameAs));
        IReadOnlyList<ulong> reported = Stream(name).State.Lost;
        foreach (ModelMessage message in missing)
        {
            Check(
                its.Exists(record => record.IsMessage && record.Header.Sequence == message.Sequence),
                $"{name} lost {message}, which lies elsewhere");
            Check(sample.IsLast(path) || reported.Contains(message.Sequence), $"{name} lost {message} and does not say so");
        }
        return missing.Count;
    }

    /// <summary>A message is back that had been removed: what had removed it has to be gone.</summary>
    private void CheckBack(string name, ModelMessage back, List<SampleRecord> gone)
    {
        ModelMessage? written = sample.Undamaged[name].Appended.GetValueOrDefault(back.Sequence);

        // One that was erased comes back as zeros: its removal is gone, its content for good.
        bool isErased = !back.Payload.AsSpan().ContainsAnyExcept((byte)0);
        Check(
            written is not null && written.IsSameAs(isErased ? back with { Payload = written.Payload } : back),
            $"{name} has {back}, which nobody put there");
        Check(gone.Exists(record => record.Removes(back)), $"{name} has {back} again");
    }

    /// <summary>What the last record says of a stream that is left.</summary>
    private StreamDescription? LastDescription(uint streamId, HashSet<SampleRecord> gone) => sample.Records
        .LastOrDefault(record => record.StreamId == streamId && record.Description is not null && !gone.Contains(record))
        ?.Description;

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

    private bool IsLogged(string text) => log.Any(line => line.Contains(text, StringComparison.Ordinal));

    private StreamLog Stream(string name) => store.Streams.Single(stream => stream.Identity.Name == name);

    private static void Check(bool holds, string complaint)
    {
        if (!holds)
            throw new SimulationFailure(complaint);
    }
}
