using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rivulet.Client.JetStream;

/// <summary>
/// An enumeration that is a word on the wire. The words stand in the order of the members, whose values are 0, 1, 2 ….
/// </summary>
/// <remarks>
/// The framework's own converter finds the words by reflection when it is first used, which costs a program that lives for
/// a tenth of a second a tenth of that.
/// </remarks>
internal abstract class WireWordConverter<T>(params string[] words) : JsonConverter<T>
    where T : unmanaged, Enum
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            for (int i = 0; i < words.Length; i++)
            {
                if (reader.ValueTextEquals(words[i]))
                    return Unsafe.BitCast<int, T>(i);
            }
        }

        throw new JsonException($"There is no such {typeof(T).Name}.");
    }

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
    {
        int index = Unsafe.BitCast<T, int>(value);
        if ((uint)index >= (uint)words.Length)
            throw new JsonException($"There is no such {typeof(T).Name}: {index}.");
        writer.WriteStringValue(words[index]);
    }
}

internal sealed class RetentionPolicyConverter() : WireWordConverter<RetentionPolicy>("limits", "interest", "workqueue");

internal sealed class DiscardPolicyConverter() : WireWordConverter<DiscardPolicy>("old", "new");

internal sealed class StorageTypeConverter() : WireWordConverter<StorageType>("file", "memory");

internal sealed class StreamCompressionConverter() : WireWordConverter<StreamCompression>("none", "s2");

internal sealed class PersistModeConverter() : WireWordConverter<PersistMode>("default", "async");

internal sealed class DeliverPolicyConverter() : WireWordConverter<DeliverPolicy>("all", "last", "new", "by_start_sequence", "by_start_time", "last_per_subject");

internal sealed class AckPolicyConverter() : WireWordConverter<AckPolicy>("none", "all", "explicit", "flow_control");

internal sealed class ReplayPolicyConverter() : WireWordConverter<ReplayPolicy>("instant", "original");

internal sealed class PriorityPolicyConverter() : WireWordConverter<PriorityPolicy>("none", "overflow", "pinned_client", "prioritized");
