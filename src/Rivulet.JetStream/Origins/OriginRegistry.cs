using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Rivulet.JetStream.Streams;

namespace Rivulet.JetStream.Origins;

/// <summary>Who copies from which stream of an account, by the name of the stream. Any thread.</summary>
/// <remarks>The lock brings streams and those who wait for them together; nothing is taken under it but their own.</remarks>
internal sealed class OriginRegistry
{
    private readonly JetStreamAccount _account;
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string, OriginReaders> _byName = new(Utf8NameComparer.Instance);

    public OriginRegistry(JetStreamAccount account) => _account = account;

    /// <summary>Whether nobody copies anything.</summary>
    public bool IsEmpty => _byName.IsEmpty;

    /// <summary>Somebody copies from the stream of its name, now or when there is one.</summary>
    public void Add(OriginFollower follower)
    {
        lock (_gate)
        {
            OriginReaders readers = _byName.GetOrAdd(follower.OriginName, static _ => new OriginReaders());
            readers.Add(follower);
            if (_account.TryGetStream(follower.OriginName, out JetStreamStream? origin))
                origin.Readers = readers;
        }
    }

    /// <summary>Somebody copies no longer.</summary>
    public void Remove(OriginFollower follower)
    {
        lock (_gate)
        {
            if (!_byName.TryGetValue(follower.OriginName, out OriginReaders? readers))
                return;
            readers.Remove(follower);
            if (!readers.IsEmpty)
                return;
            _byName.TryRemove(follower.OriginName, out _);
            if (_account.TryGetStream(follower.OriginName, out JetStreamStream? origin))
                origin.Readers = null;
        }
    }

    /// <summary>There is a stream, with all that belongs to it, that somebody may have waited for.</summary>
    public void OnAdded(JetStreamStream stream)
    {
        stream.IsComplete = true;
        OriginReaders? readers;
        lock (_gate)
        {
            if (_byName.TryGetValue(stream.Name, out readers))
                stream.Readers = readers;
        }

        readers?.WakeAll();
    }

    /// <summary>The mirror that answers direct gets for a stream of this name that does not answer itself.</summary>
    public bool TryFindMirror(ReadOnlySpan<byte> name, [NotNullWhen(true)] out JetStreamStream? mirror)
    {
        mirror = null;
        return !IsEmpty
            && _byName.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(name, out OriginReaders? readers)
            && readers.TryFindMirror(out mirror);
    }
}
