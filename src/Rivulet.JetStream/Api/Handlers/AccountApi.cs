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
        response.Limits = limits.Tiers is null ? AccountLimitsModel.Of(limits) : new AccountLimitsModel();
        response.Tiers = limits.Tiers is { } tiers ? Tiers(response, tiers) : null;
        response.Api = new ApiStatisticsModel
        {
            Level = ApiLevel.Current,
            Total = account.Statistics.Total,
            Errors = account.Statistics.Errors,
            Inflight = account.Requests.Count,
        };
    }

    /// <summary>All streams of this server have one replica.</summary>
    private static SortedDictionary<string, AccountTierModel> Tiers(
        AccountInfoResponse all, IReadOnlyDictionary<string, AccountLimits> limits)
    {
        var tiers = new SortedDictionary<string, AccountTierModel>(StringComparer.Ordinal);
        foreach ((string name, AccountLimits each) in limits)
        {
            bool isUsed = name == "R1";
            tiers.Add(name, new AccountTierModel
            {
                MemoryBytes = isUsed ? all.MemoryBytes ?? 0 : 0,
                StoreBytes = isUsed ? all.StoreBytes ?? 0 : 0,
                ReservedMemoryBytes = isUsed ? all.ReservedMemoryBytes ?? 0 : 0,
                ReservedStoreBytes = isUsed ? all.ReservedStoreBytes ?? 0 : 0,
                Streams = isUsed ? all.Streams ?? 0 : 0,
                Consumers = isUsed ? all.Consumers ?? 0 : 0,
                Limits = AccountLimitsModel.Of(each),
            });
        }

        return tiers;
    }
}
