using System.Diagnostics;

namespace Rivulet.Server.Outbound;

/// <summary>
/// A stretch of bytes on their way to one connection: [start, <see cref="End"/>) of <see cref="Buffer"/> is still to be
/// sent, what follows is free. Chunks of a connection form a list in sending order.
/// </summary>
/// <remarks>
/// Belongs to its queue while listed there, to the sender once taken, to the pool after that. Buffers live on the pinned
/// heap: they are handed to the kernel over and over.
/// </remarks>
internal sealed class OutboundChunk
{
    /// <summary>A chunk of the given capacity.</summary>
    public OutboundChunk(int capacityBytes)
    {
        Buffer = GC.AllocateUninitializedArray<byte>(capacityBytes, pinned: true);
    }

    /// <summary>The bytes.</summary>
    public byte[] Buffer { get; }

    /// <summary>First byte that has not been sent. The sender moves it.</summary>
    public int Start { get; private set; }

    /// <summary>First free byte. The queue moves it.</summary>
    public int End { get; private set; }

    /// <summary>Next chunk to send.</summary>
    public OutboundChunk? Next { get; set; }

    /// <summary>What is still to be sent.</summary>
    public ReadOnlyMemory<byte> Unsent => Buffer.AsMemory(Start, End - Start);

    /// <summary>What can still be written to.</summary>
    public Span<byte> Free => Buffer.AsSpan(End);

    /// <summary>Marks bytes of <see cref="Free"/> as written.</summary>
    public void Written(int count)
    {
        Debug.Assert(count <= Buffer.Length - End, "wrote past the chunk");
        End += count;
    }

    /// <summary>Marks bytes of <see cref="Unsent"/> as sent.</summary>
    public void Sent(int count)
    {
        Debug.Assert(count <= End - Start, "sent more than was there");
        Start += count;
    }

    /// <summary>Makes the chunk empty and unlinked.</summary>
    public void Clear()
    {
        Start = 0;
        End = 0;
        Next = null;
    }
}
