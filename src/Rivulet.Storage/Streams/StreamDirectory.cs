using System.Collections.Concurrent;

namespace Rivulet.Storage.Streams;

/// <summary>
/// The streams of a store by name. A name is free again once its stream is deleted, even while that is uncommitted:
/// whatever is appended to its successor commits later.
/// </summary>
internal static class StreamDirectory
{
    public static void Add(ConcurrentDictionary<StreamIdentity, IndexedStreamLog> streams, IndexedStreamLog stream)
    {
        while (!streams.TryAdd(stream.Identity, stream))
        {
            if (!streams.TryGetValue(stream.Identity, out IndexedStreamLog? present))
                continue;
            if (!present.IsDeleted)
                throw new ArgumentException($"stream {stream.Identity} exists already", nameof(stream));
            if (streams.TryUpdate(stream.Identity, stream, present))
                return;
        }
    }

    /// <summary>Forgets a stream, unless its name is another's by now.</summary>
    public static void Remove(ConcurrentDictionary<StreamIdentity, IndexedStreamLog> streams, IndexedStreamLog stream) =>
        streams.TryRemove(new KeyValuePair<StreamIdentity, IndexedStreamLog>(stream.Identity, stream));
}
