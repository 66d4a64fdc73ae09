using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rivulet.JetStream.Events;

/// <summary>How the events of accounts and streams are written as JSON.</summary>
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(ApiAuditEvent))]
[JsonSerializable(typeof(StreamActionEvent))]
[JsonSerializable(typeof(BatchAbandonedEvent))]
[JsonSerializable(typeof(SnapshotCreateEvent))]
[JsonSerializable(typeof(SnapshotCompleteEvent))]
[JsonSerializable(typeof(RestoreCreateEvent))]
[JsonSerializable(typeof(RestoreCompleteEvent))]
internal sealed partial class EventJson : JsonSerializerContext
{
    /// <summary>Escapes no more than JSON demands.</summary>
    public static EventJson Relaxed { get; } =
        new(new JsonSerializerOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
