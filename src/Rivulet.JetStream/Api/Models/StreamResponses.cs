using System.Text.Json.Serialization;
using Rivulet.JetStream.Api.Json;
using Rivulet.JetStream.Streams;

namespace Rivulet.JetStream.Api.Models;

/// <summary>Answer to STREAM.CREATE.</summary>
internal sealed class StreamCreateResponse() : StreamInfoResponseBase("stream_create_response")
{
    /// <summary>Whether the stream is there now as it was asked for.</summary>
    [JsonPropertyName("did_create"), JsonPropertyOrder(30), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool DidCreate { get; set; }
}

/// <summary>Answer to STREAM.UPDATE.</summary>
internal sealed class StreamUpdateResponse() : StreamInfoResponseBase("stream_update_response");

/// <summary>Answer to STREAM.INFO.</summary>
internal sealed class StreamInfoResponse() : StreamInfoResponseBase("stream_info_response")
{
    /// <summary>Subjects that there are.</summary>
    [JsonPropertyName("total"), JsonPropertyOrder(1)]
    public long Total { get; set; }

    /// <summary>Subjects passed over.</summary>
    [JsonPropertyName("offset"), JsonPropertyOrder(2)]
    public long Offset { get; set; }

    /// <summary>Most subjects told at once.</summary>
    [JsonPropertyName("limit"), JsonPropertyOrder(3)]
    public long Limit { get; set; }
}

/// <summary>Answer to STREAM.DELETE.</summary>
internal sealed class StreamDeleteResponse() : SuccessResponse("stream_delete_response");

/// <summary>Answer to STREAM.MSG.DELETE.</summary>
internal sealed class StreamMessageDeleteResponse() : SuccessResponse("stream_msg_delete_response");

/// <summary>Answer to STREAM.LEADER.STEPDOWN.</summary>
internal sealed class StreamLeaderStepDownResponse() : SuccessResponse("stream_leader_stepdown_response");

/// <summary>Answer to CONSUMER.LEADER.STEPDOWN.</summary>
internal sealed class ConsumerLeaderStepDownResponse() : SuccessResponse("consumer_leader_stepdown_response");

/// <summary>Answer to STREAM.PEER.REMOVE.</summary>
internal sealed class StreamRemovePeerResponse() : SuccessResponse("stream_remove_peer_response");

/// <summary>Answer to STREAM.PEER.EVACUATE.</summary>
internal sealed class StreamEvacuatePeerResponse() : SuccessResponse("stream_evacuate_peer_response");

/// <summary>Answer to STREAM.CANCEL_MOVE.</summary>
internal sealed class StreamCancelMoveResponse() : SuccessResponse("stream_cancel_move_response");

/// <summary>Answer to STREAM.SNAPSHOT.</summary>
internal sealed class StreamSnapshotResponse() : ApiResponse("stream_snapshot_response")
{
    /// <summary>Configuration of the stream, as a restore takes it.</summary>
    [JsonPropertyName("config"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public StreamConfig? Config { get; set; }

    /// <summary>What the backup holds.</summary>
    [JsonPropertyName("state"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public StreamStateModel? State { get; set; }
}

/// <summary>Answer to STREAM.RESTORE.</summary>
internal sealed class StreamRestoreResponse() : ApiResponse("stream_restore_response")
{
    /// <summary>Where the chunks of the backup are to be sent.</summary>
    [JsonPropertyName("deliver_subject")]
    public string DeliverSubject { get; set; } = "";
}

/// <summary>Answer to STREAM.PURGE.</summary>
internal sealed class StreamPurgeResponse() : SuccessResponse("stream_purge_response")
{
    /// <summary>Messages that went.</summary>
    [JsonPropertyName("purged"), JsonPropertyOrder(11)]
    public ulong Purged { get; set; }
}

/// <summary>Answer to STREAM.MSG.GET.</summary>
internal sealed class StreamMessageGetResponse() : ApiResponse("stream_msg_get_response")
{
    /// <summary>The message.</summary>
    [JsonPropertyName("message"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public StoredMessageModel? Message { get; set; }
}

/// <summary>A message in a response.</summary>
internal sealed class StoredMessageModel
{
    /// <summary>Its subject.</summary>
    [JsonPropertyName("subject")]
    public required string Subject { get; init; }

    /// <summary>Its sequence.</summary>
    [JsonPropertyName("seq")]
    public required ulong Sequence { get; init; }

    /// <summary>Its header block, in base64.</summary>
    [JsonPropertyName("hdrs"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public byte[]? Headers { get; init; }

    /// <summary>Its payload, in base64.</summary>
    [JsonPropertyName("data"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public byte[]? Payload { get; init; }

    /// <summary>When it was stored, in nanoseconds since the Unix epoch.</summary>
    [JsonPropertyName("time"), JsonConverter(typeof(UnixNanosConverter))]
    public required long TimestampNanos { get; init; }
}

/// <summary>Answer to STREAM.NAMES.</summary>
internal sealed class StreamNamesResponse() : PagedResponse("stream_names_response")
{
    /// <summary>The names; <c>null</c> if there are none.</summary>
    [JsonPropertyName("streams"), JsonPropertyOrder(10)]
    public IReadOnlyList<string>? Streams { get; set; }
}

/// <summary>Answer to STREAM.LIST.</summary>
internal sealed class StreamListResponse() : PagedResponse("stream_list_response")
{
    /// <summary>The streams.</summary>
    [JsonPropertyName("streams"), JsonPropertyOrder(10)]
    public IReadOnlyList<StreamInfo> Streams { get; set; } = [];

    /// <summary>Names of the streams that are there and cannot be told about.</summary>
    [JsonPropertyName("missing"), JsonPropertyOrder(11), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Missing { get; set; }

    /// <summary>Why they cannot, by name.</summary>
    [JsonPropertyName("offline"), JsonPropertyOrder(12), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, string>? Offline { get; set; }
}
