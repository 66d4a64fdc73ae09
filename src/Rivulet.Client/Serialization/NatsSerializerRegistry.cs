using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Rivulet.Client;

/// <summary>
/// The serializers of a connection. Raw bytes, text and the primitive types are known from the start; others are added
/// by type, or as JSON by their source-generated type information. Immutable: <c>With…</c> returns a new registry.
/// </summary>
/// <remarks>
/// Text is UTF-8; numbers, booleans, <see cref="Guid"/> and times are their invariant text. Nothing is found by
/// reflection, so programs may be trimmed and compiled ahead of time.
/// </remarks>
public sealed class NatsSerializerRegistry
{
    private readonly Dictionary<Type, object> _byType;
    private readonly JsonSerializerContext[] _contexts;

    private NatsSerializerRegistry(Dictionary<Type, object> byType, JsonSerializerContext[] contexts) =>
        (_byType, _contexts) = (byType, contexts);

    /// <summary>Raw bytes, text and primitive types.</summary>
    public static NatsSerializerRegistry Default { get; } = new(BuiltInSerializers.Create(), []);

    /// <summary>This registry with one more serializer, which wins over one already there for its type.</summary>
    public NatsSerializerRegistry With<T>(INatsSerializer<T> serializer)
    {
        ArgumentNullException.ThrowIfNull(serializer);
        return new NatsSerializerRegistry(new Dictionary<Type, object>(_byType) { [typeof(T)] = serializer }, _contexts);
    }

    /// <summary>This registry with a type as JSON.</summary>
    public NatsSerializerRegistry WithJson<T>(JsonTypeInfo<T> typeInfo) => With(new NatsJsonSerializer<T>(typeInfo));

    /// <summary>This registry with every type of a source-generated context as JSON.</summary>
    public NatsSerializerRegistry WithJson(JsonSerializerContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return new NatsSerializerRegistry(_byType, [context, .. _contexts]);
    }

    /// <summary>The serializer of a type.</summary>
    /// <exception cref="NotSupportedException">There is none.</exception>
    public INatsSerializer<T> Get<T>()
    {
        if (_byType.TryGetValue(typeof(T), out object? known))
            return (INatsSerializer<T>)known;
        foreach (JsonSerializerContext context in _contexts)
        {
            if (context.GetTypeInfo(typeof(T)) is JsonTypeInfo<T> typeInfo)
                return new NatsJsonSerializer<T>(typeInfo);
        }

        throw new NotSupportedException(
            $"There is no serializer for {typeof(T)}: add one with {nameof(With)} or {nameof(WithJson)}.");
    }
}
