using System.Text;
using Rivulet.Storage;

namespace Rivulet.Crash.Tests.Simulated;

/// <summary>
/// What a client of one stream was told: which revision of which key holds what. Anything it says here has to be found
/// again after a power cut, or, where the stream keeps only so many revisions of a key, a later one of that key.
/// </summary>
internal sealed class AckedRevisions(string stream, int history)
{
    private readonly List<(ulong Revision, string Key, string Value)> _acked = [];
    private readonly Dictionary<string, Queue<ulong>> _kept = [];

    public string Stream { get; } = stream;

    public void Add(ulong revision, string key, string value)
    {
        _acked.Add((revision, key, value));
        if (!_kept.TryGetValue(key, out Queue<ulong>? kept))
            _kept[key] = kept = new Queue<ulong>();
        kept.Enqueue(revision);
        if (history > 0 && kept.Count > history)
            kept.Dequeue();
    }

    /// <summary>What of it a reopened store does not have, in words; empty when all is well.</summary>
    public List<string> FindMissing(StreamLog? stream)
    {
        var missing = new List<string>();
        if (_acked.Count == 0)
            return missing;
        if (stream is null)
            return [$"{Stream} is gone"];
        if (stream.State.LastSequence < _acked[^1].Revision)
            missing.Add($"{Stream} would give out {_acked[^1].Revision} again");
        using var message = new StoredMessage();
        foreach ((ulong revision, string key, string value) in _acked)
        {
            bool found = stream.Read(revision, message) == ReadStatus.Found;
            if (found && (!message.Subject.SequenceEqual(Bytes(key)) || !message.Payload.SequenceEqual(Bytes(value))))
                missing.Add($"{Stream} has something else at {revision}");
            if (!found && MustBeKept(stream, key, revision))
                missing.Add($"{Stream} lost {key} at {revision}");
        }
        return missing;
    }

    // A revision that is not among the newest acknowledged ones may be gone; so may one of those, when a later revision
    // that was committed and not acknowledged yet has pushed it out.
    private bool MustBeKept(StreamLog stream, string key, ulong revision)
    {
        if (!_kept[key].Contains(revision))
            return false;
        return history == 0 || stream.FindLast(Bytes(key), ulong.MaxValue) <= _acked.FindLast(a => a.Key == key).Revision;
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
