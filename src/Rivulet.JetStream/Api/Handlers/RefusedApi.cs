using System.Text.Json.Serialization;
using Rivulet.JetStream.Api.Errors;
using Rivulet.JetStream.Api.Models;

namespace Rivulet.JetStream.Api.Handlers;

/// <summary>
/// The operations that this server refuses: those that only a cluster has. A requester must not be left to wait for an answer.
/// </summary>
internal static class RefusedApi
{
    /// <summary>Adds the operations to a table.</summary>
    public static void Register(ApiRouteTable routes)
    {
        ApiJsonContext json = ApiJsonContext.Relaxed;
        Refuse<StreamLeaderStepDownResponse>(routes, "STREAM.LEADER.STEPDOWN.*", json, JetStreamError.ClusterRequired);
        Refuse<ConsumerLeaderStepDownResponse>(routes, "CONSUMER.LEADER.STEPDOWN.*.*", json, JetStreamError.ClusterRequired);
        Refuse<StreamRemovePeerResponse>(routes, "STREAM.PEER.REMOVE.*", json, JetStreamError.ClusterRequired);
        Refuse<StreamEvacuatePeerResponse>(routes, "STREAM.PEER.EVACUATE.*", json, JetStreamError.ClusterRequired);
        Refuse<StreamCancelMoveResponse>(routes, "STREAM.CANCEL_MOVE.*", json, JetStreamError.ClusterRequired);
    }

    /// <summary>What an operation is answered as that is none of those that there are.</summary>
    public static ApiRoute Unknown { get; } =
        new ApiRoute<SystemResponse>(">", ApiBodyRule.Any, ApiJsonContext.Relaxed, (_, response) => response.Error = JetStreamError.NotEnabledForAccount);

    /// <summary>Adds those of the system account.</summary>
    public static void RegisterSystem(ApiRouteTable routes)
    {
        ApiJsonContext json = ApiJsonContext.Relaxed;
        Refuse<MetaLeaderStepDownResponse>(routes, "META.LEADER.STEPDOWN", json, JetStreamError.ClusterRequired);
        Refuse<MetaServerRemoveResponse>(routes, "SERVER.REMOVE", json, JetStreamError.ClusterRequired);
    }

    private static void Refuse<TResponse>(
        ApiRouteTable routes, string pattern, JsonSerializerContext json, ApiError error)
        where TResponse : ApiResponse, new() =>
        routes.Add(new ApiRoute<TResponse>(pattern, ApiBodyRule.Any, json, (_, response) => response.Error = error)
        {
            IgnoresLevel = error.Is(JetStreamError.ClusterRequired),
        });
}
