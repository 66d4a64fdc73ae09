using System.Text.Json.Serialization;

namespace Rivulet.JetStream.Api.Models;

/// <summary>Answer to ACCOUNT.PURGE.</summary>
internal sealed class AccountPurgeResponse() : ApiResponse("account_purge_response")
{
    /// <summary>Whether it was done; left out otherwise.</summary>
    [JsonPropertyName("initiated"), JsonPropertyOrder(10), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Initiated { get; set; }
}

/// <summary>Answer to META.LEADER.STEPDOWN.</summary>
internal sealed class MetaLeaderStepDownResponse() : SuccessResponse("meta_leader_stepdown_response");

/// <summary>Answer to SERVER.REMOVE.</summary>
internal sealed class MetaServerRemoveResponse() : SuccessResponse("meta_server_remove_response");

/// <summary>Answer to whatever else is asked in the system account.</summary>
internal sealed class SystemResponse() : ApiResponse("system_response");
