using Rivulet.JetStream.Api.Models;
using Rivulet.JetStream.Hosting;

namespace Rivulet.JetStream.Api.Handlers;

/// <summary>The operation on the account itself: info.</summary>
internal static class AccountApi
{
    /// <summary>Adds the operation to a table.</summary>
    public static void Register(ApiRouteTable routes) => routes.Add(new ApiRoute<AccountInfoResponse>(
        "INFO", ApiBodyRule.Any, ApiJsonContext.Relaxed, Info));

    private static void Info(ApiRequest request, AccountInfoResponse response)
    {
        JetStreamAccount account = request.Account;
        AccountLimits limits = account.Limits;
        response.MemoryBytes = account.Usage.MemoryBytes;
        response.StoreBytes = account.Usage.StoreBytes;
        response.ReservedMemoryBytes = account.Usage.ReservedMemoryBytes;
        response.ReservedStoreBytes = account.Usage.ReservedStoreBytes;
        response.Streams = account.Streams.Count();
        response.Consumers = account.Streams.Sum(stream => stream.Consumers.Count);
        response.Domain = account.Engine.Options.Domain;
        response.Limits = new AccountLimitsModel
        {
            MaxMemoryBytes = limits.MaxMemoryBytes,
            MaxStoreBytes = limits.MaxStoreBytes,
            MaxStreams = limits.MaxStreams,
            MaxConsumers = limits.MaxConsumers,
            MaxAckPending = limits.MaxAckPending,
            MemoryMaxStreamBytes = limits.MemoryMaxStreamBytes,
            StoreMaxStreamBytes = limits.StoreMaxStreamBytes,
            MaxBytesRequired = limits.MaxBytesRequired,
        };
        response.Api = new ApiStatisticsModel
        {
            Level = ApiLevel.Current,
            Total = account.Statistics.Total,
            Errors = account.Statistics.Errors,
            Inflight = account.Requests.Count,
        };
    }
}
