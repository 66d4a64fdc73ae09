using System.Buffers;
using Rivulet.Storage.Records;

namespace Rivulet.Storage.Streams;

/// <summary>
/// The packed content of messages that are about to be appended, in pooled memory. Filled outside the locks; one thread.
/// </summary>
internal struct PackBuffer : IDisposable
{
    private byte[] _bytes = [];
    private int _usedBytes;

    public PackBuffer()
    {
    }

    /// <summary>Packs a message, if that is worth it.</summary>
    /// <returns>Where it lies; empty when the message is to be stored as it is.</returns>
    public Range Pack(in NewMessage message)
    {
        int neededBytes = PackedContent.MaxBytes(message.Headers.Length + message.Payload.Length);
        if (neededBytes == 0 || !TryMakeRoom(neededBytes))
            return default;
        int start = _usedBytes;
        _usedBytes += PackedContent.TryPack(message.Headers, message.Payload, _bytes.AsSpan(start));
        return start.._usedBytes;
    }

    public readonly ReadOnlySpan<byte> this[Range range] => _bytes.AsSpan(range);

    public void Dispose()
    {
        if (_bytes.Length > 0)
            ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
    }

    private bool TryMakeRoom(int neededBytes)
    {
        if (_bytes.Length - _usedBytes >= neededBytes)
            return true;
        if (_usedBytes + (long)neededBytes > Array.MaxLength)
            return false;
        byte[] larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(Array.MaxLength, _usedBytes + Math.Max(neededBytes, (long)_usedBytes)));
        _bytes.AsSpan(0, _usedBytes).CopyTo(larger);
        Dispose();
        _bytes = larger;
        return true;
    }
}
