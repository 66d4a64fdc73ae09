using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Rivulet.JetStream.Consumers.Configuration;
using Rivulet.JetStream.Consumers.Events;

namespace Rivulet.JetStream.Consumers.Api;

/// <summary>How responses about consumers, their events and their configurations are written as JSON.</summary>
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(ConsumerConfig))]
[JsonSerializable(typeof(ConsumerEvent))]
[JsonSerializable(typeof(ConsumerCreateResponse))]
[JsonSerializable(typeof(ConsumerInfoResponse))]
[JsonSerializable(typeof(ConsumerResetResponse))]
[JsonSerializable(typeof(ConsumerDeleteResponse))]
[JsonSerializable(typeof(ConsumerUnpinResponse))]
[JsonSerializable(typeof(ConsumerPauseResponse))]
[JsonSerializable(typeof(ConsumerNamesResponse))]
[JsonSerializable(typeof(ConsumerListResponse))]
internal sealed partial class ConsumerJson : JsonSerializerContext
{
    /// <summary>Escapes no more than JSON demands.</summary>
    public static ConsumerJson Relaxed { get; } =
        new(new JsonSerializerOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
