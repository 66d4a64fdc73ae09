using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Rivulet.JetStream.Api.Errors;
using Rivulet.JetStream.Api.Models;
using Rivulet.JetStream.Streams;

namespace Rivulet.JetStream.Api;

/// <summary>How responses, errors and stored configurations are written as JSON.</summary>
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(ApiError))]
[JsonSerializable(typeof(StreamConfig))]
[JsonSerializable(typeof(AccountInfoResponse))]
[JsonSerializable(typeof(StreamCreateResponse))]
[JsonSerializable(typeof(StreamUpdateResponse))]
[JsonSerializable(typeof(StreamInfoResponse))]
[JsonSerializable(typeof(StreamDeleteResponse))]
[JsonSerializable(typeof(StreamPurgeResponse))]
[JsonSerializable(typeof(StreamMessageGetResponse))]
[JsonSerializable(typeof(StreamMessageDeleteResponse))]
[JsonSerializable(typeof(StreamNamesResponse))]
[JsonSerializable(typeof(StreamListResponse))]
[JsonSerializable(typeof(StreamLeaderStepDownResponse))]
[JsonSerializable(typeof(AccountPurgeResponse))]
[JsonSerializable(typeof(MetaLeaderStepDownResponse))]
[JsonSerializable(typeof(MetaServerRemoveResponse))]
[JsonSerializable(typeof(SystemResponse))]
[JsonSerializable(typeof(ConsumerLeaderStepDownResponse))]
[JsonSerializable(typeof(StreamRemovePeerResponse))]
[JsonSerializable(typeof(StreamEvacuatePeerResponse))]
[JsonSerializable(typeof(StreamCancelMoveResponse))]
[JsonSerializable(typeof(StreamSnapshotResponse))]
[JsonSerializable(typeof(StreamRestoreResponse))]
internal sealed partial class ApiJsonContext : JsonSerializerContext
{
    /// <summary>Escapes no more than JSON demands.</summary>
    public static ApiJsonContext Relaxed { get; } =
        new(new JsonSerializerOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
