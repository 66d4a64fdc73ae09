using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rivulet.Client.JetStream;

/// <summary>Durations on the wire are whole nanoseconds; a <see cref="TimeSpan"/> counts 100 ns.</summary>
internal sealed class NanosecondsConverter : JsonConverter<TimeSpan>
{
    private const long NanosPerTick = 100;

    public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        new(reader.GetInt64() / NanosPerTick);

    public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) =>
        writer.WriteNumberValue(ToNanos(value));

    internal static long ToNanos(TimeSpan value) => checked(value.Ticks * NanosPerTick);
}
