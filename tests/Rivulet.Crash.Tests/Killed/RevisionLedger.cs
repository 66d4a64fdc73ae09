using System.Globalization;

namespace Rivulet.Crash.Tests.Killed;

/// <summary>
/// What a bucket may hold after a crash, from what was sent to it and what it answered: every acknowledged write, with its
/// sequence, unless later writes of its key displaced it; of the unanswered ones any; of the refused ones none. Writers
/// report from any thread while a round runs; the check comes when all of them have ended.
/// </summary>
/// <param name="bucket">The bucket's name, for messages.</param>
/// <param name="history">How many revisions of a key the bucket keeps.</param>
internal sealed class RevisionLedger(string bucket, int history)
{
    private readonly Lock _lock = new();

    /// <summary>Revisions known to be in the store: acknowledged, or found by a check; less those seen to be displaced.</summary>
    private readonly SortedDictionary<ulong, KeyWrite> _known = [];

    /// <summary>The revision that an acknowledged update replaced, by the update's own.</summary>
    private readonly Dictionary<ulong, ulong> _replaced = [];

    /// <summary>Sent and not answered, by id. The server may have stored them, and may not.</summary>
    private readonly Dictionary<string, KeyWrite> _unanswered = [];

    /// <summary>Oldest revision that the last check found of a key. What was older is gone, and must stay so.</summary>
    private readonly Dictionary<string, ulong> _oldest = [];

    private readonly List<string> _violations = [];

    /// <summary>The highest sequence given to anything so far, there or not.</summary>
    private ulong _highest;

    /// <summary>The same as it was at the last check: no write may get this sequence or a lower one any more.</summary>
    private ulong _highestBefore;

    /// <summary>How many writes were acknowledged.</summary>
    public long AcknowledgedCount { get; private set; }

    /// <summary>How many acknowledged writes were missing when they should have been there.</summary>
    public long LostCount { get; private set; }

    /// <summary>How many writes that were never answered turned out to be stored.</summary>
    public long UnansweredButStoredCount { get; private set; }

    /// <summary>A write is about to be sent.</summary>
    public void Sent(KeyWrite write)
    {
        lock (_lock)
        {
            _unanswered.Add(write.Id, write);
        }
    }

    /// <summary>The server said that it stored the write; <paramref name="expected"/> is the revision that it was to replace.</summary>
    public void Acknowledged(KeyWrite write, ulong sequence, ulong? expected)
    {
        lock (_lock)
        {
            AcknowledgedCount++;
            _unanswered.Remove(write.Id);
            _highest = Math.Max(_highest, sequence);
            if (sequence <= _highestBefore || !_known.TryAdd(sequence, write))
            {
                Violation($"sequence {sequence} was given out again, for {write}");
            }

            if (expected is { } revision)
            {
                _replaced[sequence] = revision;
            }
        }
    }

    /// <summary>The server said that it did not store the write.</summary>
    public void Refused(KeyWrite write)
    {
        lock (_lock)
        {
            _unanswered.Remove(write.Id);
        }
    }

    /// <summary>
    /// Compares with all that the bucket's stream holds, ascending. Returns what is wrong, and takes what it found as the
    /// state that the next round starts from.
    /// </summary>
    public IReadOnlyList<string> Check(IReadOnlyList<StoredRevision> stored)
    {
        foreach (StoredRevision revision in stored)
        {
            CheckContent(revision);
        }

        Dictionary<string, List<StoredRevision>> storedByKey = stored
            .GroupBy(revision => revision.Write.Key).ToDictionary(group => group.Key, group => group.ToList());
        foreach (IGrouping<string, KeyValuePair<ulong, KeyWrite>> key in _known.GroupBy(known => known.Value.Key).ToList())
        {
            CheckKey(key.Key, [.. key], storedByKey.GetValueOrDefault(key.Key) ?? []);
        }

        _unanswered.Clear();
        _replaced.Clear();
        _highestBefore = _highest = Math.Max(_highest, _known.Count == 0 ? 0 : _known.Keys.Last());
        List<string> found = [.. _violations];
        _violations.Clear();
        return found;
    }

    private void CheckContent(StoredRevision revision)
    {
        (ulong sequence, KeyWrite write) = revision;
        if (_known.TryGetValue(sequence, out KeyWrite? known))
        {
            if (known != write)
            {
                Violation($"sequence {sequence} was {known} and is {write}");
            }
        }
        else if (sequence < _oldest.GetValueOrDefault(write.Key))
        {
            Violation($"{write} came back with sequence {sequence}");
        }
        else if (_unanswered.GetValueOrDefault(write.Id) != write)
        {
            Violation($"sequence {sequence} holds {write}, which was refused or never sent");
        }
        else
        {
            UnansweredButStoredCount++;
            _known.Add(sequence, write);
        }
    }

    private void CheckKey(string key, List<KeyValuePair<ulong, KeyWrite>> known, List<StoredRevision> stored)
    {
        ulong lastPurge = known.Where(revision => revision.Value.Kind == WriteKind.Purge)
            .Select(revision => revision.Key).DefaultIfEmpty().Max();
        HashSet<ulong> present = [.. stored.Select(revision => revision.Sequence)];
        foreach ((ulong sequence, KeyWrite write) in known)
        {
            if (present.Contains(sequence))
            {
                if (sequence < lastPurge)
                {
                    Violation($"{write} at {sequence} is there in spite of the purge at {lastPurge}");
                }
            }
            else
            {
                _known.Remove(sequence);
                int newer = stored.Count(revision => revision.Sequence > sequence);
                if (newer < history && sequence > lastPurge)
                {
                    LostCount++;
                    Violation($"lost: {write}, acknowledged or seen with sequence {sequence}");
                }
            }

            CheckReplaced(sequence, write, known);
        }

        if (stored.Count > history)
        {
            Violation($"{key} has {stored.Count} revisions");
        }

        if (stored.Count > 0)
        {
            _oldest[key] = stored[0].Sequence;
        }
    }

    // An acknowledged update had the key's last revision: nothing of the key lies between the two.
    private void CheckReplaced(ulong sequence, KeyWrite write, List<KeyValuePair<ulong, KeyWrite>> known)
    {
        if (_replaced.TryGetValue(sequence, out ulong replaced)
            && known.Exists(other => other.Key > replaced && other.Key < sequence))
        {
            Violation($"{write} replaced {replaced} at {sequence}, but there is a revision between them");
        }
    }

    private void Violation(FormattableString text) =>
        _violations.Add($"{bucket}: {text.ToString(CultureInfo.InvariantCulture)}");
}
