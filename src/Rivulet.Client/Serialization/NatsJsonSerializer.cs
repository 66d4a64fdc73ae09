using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Rivulet.Client;

/// <summary>A type as JSON, by its source-generated type information.</summary>
public sealed class NatsJsonSerializer<T> : INatsSerializer<T>
{
    private readonly JsonTypeInfo<T> _typeInfo;

    /// <summary>Creates the serializer.</summary>
    public NatsJsonSerializer(JsonTypeInfo<T> typeInfo)
    {
        ArgumentNullException.ThrowIfNull(typeInfo);
        _typeInfo = typeInfo;
    }

    /// <inheritdoc/>
    public void Serialize(IBufferWriter<byte> writer, T value)
    {
        using Utf8JsonWriter json = new(writer);
        JsonSerializer.Serialize(json, value, _typeInfo);
    }

    /// <inheritdoc/>
    /// <exception cref="JsonException">The payload is not JSON of the type.</exception>
    public T Deserialize(ReadOnlyMemory<byte> payload) => JsonSerializer.Deserialize(payload.Span, _typeInfo)!;
}
