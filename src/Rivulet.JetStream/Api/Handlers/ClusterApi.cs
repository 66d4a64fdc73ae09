using System.Text.Json.Serialization.Metadata;
using Rivulet.JetStream.Api.Errors;

namespace Rivulet.JetStream.Api.Handlers;

/// <summary>The operations that only a cluster has. One server refuses them.</summary>
internal static class ClusterApi
{
    /// <summary>Adds the operations to a table.</summary>
    public static void Register(ApiRouteTable routes)
    {
        ApiJsonContext json = ApiJsonContext.Relaxed;
        Refuse(routes, "STREAM.LEADER.STEPDOWN.*", json.StreamLeaderStepDownResponse);
        Refuse(routes, "CONSUMER.LEADER.STEPDOWN.*.*", json.ConsumerLeaderStepDownResponse);
        Refuse(routes, "STREAM.PEER.REMOVE.*", json.StreamRemovePeerResponse);
    }

    private static void Refuse<TResponse>(ApiRouteTable routes, string pattern, JsonTypeInfo<TResponse> json)
        where TResponse : ApiResponse, new() =>
        routes.Add(new ApiRoute<TResponse>(
            pattern, ApiBodyRule.Any, json, static (_, response) => response.Error = JetStreamError.ClusterRequired));
}
