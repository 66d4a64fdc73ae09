using System.Text.Json.Serialization;
using Rivulet.JetStream.Api;
using Rivulet.JetStream.Api.Json;

namespace Rivulet.JetStream.Consumers.Api;

/// <summary>Response of the create requests.</summary>
internal sealed class ConsumerCreateResponse() : ConsumerInfoResponseBase("consumer_create_response");

/// <summary>Response of CONSUMER.INFO.</summary>
internal sealed class ConsumerInfoResponse() : ConsumerInfoResponseBase("consumer_info_response");

/// <summary>Response of CONSUMER.RESET.</summary>
internal sealed class ConsumerResetResponse() : ConsumerInfoResponseBase("consumer_reset_response")
{
    /// <summary>Lowest sequence that is delivered next.</summary>
    [JsonPropertyName("reset_seq"), JsonPropertyOrder(30)]
    public ulong ResetSequence { get; set; }
}

/// <summary>Response of CONSUMER.DELETE.</summary>
internal sealed class ConsumerDeleteResponse() : ApiResponse("consumer_delete_response")
{
    /// <summary>Whether it was deleted.</summary>
    [JsonPropertyName("success"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Success { get; set; }
}

/// <summary>Response of CONSUMER.UNPIN.</summary>
internal sealed class ConsumerUnpinResponse() : ApiResponse("consumer_unpin_response");

/// <summary>Response of CONSUMER.PAUSE.</summary>
internal sealed class ConsumerPauseResponse() : ApiResponse("consumer_pause_response")
{
    /// <summary>Whether it is paused now.</summary>
    [JsonPropertyName("paused")]
    public bool Paused { get; set; }

    /// <summary>Until when, nanoseconds since the Unix epoch; 0 for not at all.</summary>
    [JsonPropertyName("pause_until"), JsonConverter(typeof(UnixNanosConverter))]
    public long PauseUntilNanos { get; set; }

    /// <summary>For how long still.</summary>
    [JsonPropertyName("pause_remaining"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long PauseRemainingNanos { get; set; }
}

/// <summary>A page of a list.</summary>
internal abstract class ConsumerPageResponse(string type) : ApiResponse(type)
{
    /// <summary>Consumers in all.</summary>
    [JsonPropertyName("total"), JsonPropertyOrder(1)]
    public long Total { get; set; }

    /// <summary>Consumers before this page.</summary>
    [JsonPropertyName("offset"), JsonPropertyOrder(2)]
    public long Offset { get; set; }

    /// <summary>Most on a page.</summary>
    [JsonPropertyName("limit"), JsonPropertyOrder(3)]
    public long Limit { get; set; }
}

/// <summary>Response of CONSUMER.NAMES.</summary>
internal sealed class ConsumerNamesResponse() : ConsumerPageResponse("consumer_names_response")
{
    /// <summary>The names.</summary>
    [JsonPropertyName("consumers"), JsonPropertyOrder(4)]
    public IReadOnlyList<string> Consumers { get; set; } = [];
}

/// <summary>Response of CONSUMER.LIST.</summary>
internal sealed class ConsumerListResponse() : ConsumerPageResponse("consumer_list_response")
{
    /// <summary>The consumers.</summary>
    [JsonPropertyName("consumers"), JsonPropertyOrder(4)]
    public IReadOnlyList<ConsumerInfo> Consumers { get; set; } = [];
}
