using System.Text.Json.Serialization.Metadata;
using Rivulet.JetStream.Api.Errors;

namespace Rivulet.JetStream.Api.Handlers;

/// <summary>
/// The operations that this server refuses: those that only a cluster has, and those it does not do yet. A requester must
/// not be left to wait for an answer.
/// </summary>
internal static class RefusedApi
{
    private const string NotSupported = "not supported by this server";

    /// <summary>Adds the operations to a table.</summary>
    public static void Register(ApiRouteTable routes)
    {
        ApiJsonContext json = ApiJsonContext.Relaxed;
        Refuse(routes, "STREAM.LEADER.STEPDOWN.*", json.StreamLeaderStepDownResponse, JetStreamError.ClusterRequired);
        Refuse(routes, "CONSUMER.LEADER.STEPDOWN.*.*", json.ConsumerLeaderStepDownResponse, JetStreamError.ClusterRequired);
        Refuse(routes, "STREAM.PEER.REMOVE.*", json.StreamRemovePeerResponse, JetStreamError.ClusterRequired);
        Refuse(routes, "STREAM.PEER.EVACUATE.*", json.StreamEvacuatePeerResponse, JetStreamError.ClusterRequired);
        Refuse(routes, "STREAM.CANCEL_MOVE.*", json.StreamCancelMoveResponse, JetStreamError.ClusterRequired);
        Refuse(routes, "STREAM.SNAPSHOT.*", json.StreamSnapshotResponse, JetStreamError.StreamSnapshot.With(NotSupported));
        Refuse(routes, "STREAM.RESTORE.*", json.StreamRestoreResponse, JetStreamError.StreamRestore.With(NotSupported));
    }

    private static void Refuse<TResponse>(
        ApiRouteTable routes, string pattern, JsonTypeInfo<TResponse> json, ApiError error)
        where TResponse : ApiResponse, new() =>
        routes.Add(new ApiRoute<TResponse>(pattern, ApiBodyRule.Any, json, (_, response) => response.Error = error));
}
