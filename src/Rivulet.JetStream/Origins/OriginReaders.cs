using System.Diagnostics.CodeAnalysis;
using Rivulet.JetStream.Streams;
using Rivulet.Protocol;
using Rivulet.Storage;

namespace Rivulet.JetStream.Origins;

/// <summary>
/// Those who copy the streams of one name: wakes the ones that a commit is for, and answers direct gets by the mirrors among them.
/// Lasts as long as anybody copies that name, whether there is such a stream or not. Any thread.
/// </summary>
internal sealed class OriginReaders
{
    private readonly Lock _gate = new();
    private readonly SubjectMap<OriginFollower> _byFilter = new();
    private readonly List<OriginFollower> _matched = [];
    private readonly HashSet<OriginFollower> _toWake = [];
    private volatile OriginFollower[] _all = [];
    private int _turn;

    /// <summary>Whether there are none.</summary>
    public bool IsEmpty => _all.Length == 0;

    /// <summary>Takes one in.</summary>
    public void Add(OriginFollower follower)
    {
        lock (_gate)
        {
            _all = [.. _all, follower];
            foreach (ReadOnlyMemory<byte> filter in follower.Filter.Set.Filters)
                _byFilter.Add(filter.Span, follower);
        }
    }

    /// <summary>Lets one go.</summary>
    public void Remove(OriginFollower follower)
    {
        lock (_gate)
        {
            _all = [.. _all.Where(other => other != follower)];
            foreach (ReadOnlyMemory<byte> filter in follower.Filter.Set.Filters)
                _byFilter.Remove(filter.Span, follower);
        }
    }

    /// <summary>Has all look at their origin: there is one now, or it is gone, or has changed.</summary>
    public void WakeAll()
    {
        foreach (OriginFollower follower in _all)
            follower.Wake();
    }

    /// <summary>Wakes those who copy what was committed. By one thread at a time, with no lock held.</summary>
    public void OnCommitted(in StreamCommit commit)
    {
        if (IsEmpty || commit.Count == 0)
            return;
        lock (_gate)
        {
            foreach (CommittedMessage message in commit)
            {
                _matched.Clear();
                _byFilter.Match(message.Subject, _matched);
                _toWake.UnionWith(_matched);
                if (_toWake.Count == _all.Length)
                    break;
            }
        }

        foreach (OriginFollower follower in _toWake)
            follower.Wake();
        _toWake.Clear();
    }

    /// <summary>The mirror that answers a direct get for a stream that does not do it itself.</summary>
    public bool TryFindMirror([NotNullWhen(true)] out JetStreamStream? mirror)
    {
        mirror = null;
        foreach (OriginFollower follower in _all)
        {
            if (follower.AnswersForOrigin)
                mirror = follower.Target;
        }

        return mirror is not null;
    }

    /// <summary>
    /// Who answers a direct get to a stream: it and its mirrors in turn. A mirror only while it has everything that is committed in
    /// the stream, so that nobody reads an older value than the one that was acknowledged.
    /// </summary>
    public JetStreamStream ChooseFor(JetStreamStream origin)
    {
        OriginFollower[] all = _all;
        int at = (int)((uint)Interlocked.Increment(ref _turn) % ((uint)all.Length + 1));
        if (at == all.Length)
            return origin;
        OriginFollower follower = all[at];
        return follower.AnswersForOrigin && follower.HasCopiedAll(origin) ? follower.Target : origin;
    }
}
