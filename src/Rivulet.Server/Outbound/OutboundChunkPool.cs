namespace Rivulet.Server.Outbound;

/// <summary>
/// Chunks not in use, for all connections of a server. Two sizes: small ones, which suit replies and hold little memory
/// when thousands of connections have one, and large ones for runs of messages.
/// </summary>
/// <remarks>Thread-safe. Keeps a bounded number of each size and leaves the rest to the garbage collector.</remarks>
internal sealed class OutboundChunkPool
{
    /// <summary>Capacity of a small chunk.</summary>
    public const int SmallBytes = 4 * 1024;

    /// <summary>Capacity of a large chunk.</summary>
    public const int LargeBytes = 64 * 1024;

    private readonly Shelf _small = new(SmallBytes, keepMax: 1024);
    private readonly Shelf _large = new(LargeBytes, keepMax: 256);

    /// <summary>An empty chunk.</summary>
    public OutboundChunk Rent(bool large)
    {
        return (large ? _large : _small).Take();
    }

    /// <summary>Takes a chunk back.</summary>
    public void Return(OutboundChunk chunk)
    {
        chunk.Clear();
        (chunk.Buffer.Length == LargeBytes ? _large : _small).Put(chunk);
    }

    /// <summary>Chunks of one size, as a list linked through <see cref="OutboundChunk.Next"/>.</summary>
    private sealed class Shelf(int capacityBytes, int keepMax)
    {
        private readonly Lock _lock = new();
        private OutboundChunk? _top;
        private int _count;

        public OutboundChunk Take()
        {
            lock (_lock)
            {
                if (_top is { } chunk)
                {
                    _top = chunk.Next;
                    chunk.Next = null;
                    _count--;
                    return chunk;
                }
            }

            return new OutboundChunk(capacityBytes);
        }

        public void Put(OutboundChunk chunk)
        {
            lock (_lock)
            {
                if (_count == keepMax)
                    return;
                chunk.Next = _top;
                _top = chunk;
                _count++;
            }
        }
    }
}
