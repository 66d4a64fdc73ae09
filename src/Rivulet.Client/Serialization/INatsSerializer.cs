using System.Buffers;

namespace Rivulet.Client;

/// <summary>Turns values of one type into payloads and back. Must be safe to call from any thread.</summary>
public interface INatsSerializer<T>
{
    /// <summary>Writes the payload of a value.</summary>
    void Serialize(IBufferWriter<byte> writer, T value);

    /// <summary>Reads a value from a payload. The memory may be kept: nobody writes to it again.</summary>
    T Deserialize(ReadOnlyMemory<byte> payload);
}
