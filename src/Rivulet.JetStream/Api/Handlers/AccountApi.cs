using Rivulet.JetStream.Api.Models;
using Rivulet.JetStream.Hosting;

namespace Rivulet.JetStream.Api.Handlers;

/// <summary>The operation on the account itself: info.</summary>
internal static class AccountApi
{
    // What an account with tiers is said to have as a whole: its limits are in its tiers.
    private static AccountLimits NoLimits { get; } = new()
    {
        MaxMemoryBytes = 0,
        MaxStoreBytes = 0,
        MaxStreams = 0,
        MaxConsumers = 0,
        MaxAckPending = 0,
        MemoryMaxStreamBytes = 0,
        StoreMaxStreamBytes = 0,
    };

    /// <summary>Adds the operation to a table.</summary>
    public static void Register(ApiRouteTable routes) => routes.Add(new ApiRoute<AccountInfoResponse>(
        "INFO", ApiBodyRule.Any, ApiJsonContext.Relaxed, Info));

    private static void Info(ApiRequest request, AccountInfoResponse response)
    {
        JetStreamAccount account = request.Account;
        response.MemoryBytes = account.Usage.MemoryBytes;
        response.StoreBytes = account.Usage.StoreBytes;
        response.ReservedMemoryBytes = account.Usage.ReservedMemoryBytes;
        response.ReservedStoreBytes = account.Usage.ReservedStoreBytes;
        response.Streams = account.Streams.Count();
        response.Consumers = account.Streams.Sum(stream => stream.Consumers.Count);
        response.Domain = account.Engine.Options.Domain;
        response.Limits = account.Limits.Tiers is null ? ModelOf(account.Limits) : ModelOf(NoLimits);
        response.Tiers = TiersOf(account.Limits, response);
        response.Api = new ApiStatisticsModel
        {
            Level = ApiLevel.Current,
            Total = account.Statistics.Total,
            Errors = account.Statistics.Errors,
            Inflight = account.Requests.Count,
        };
    }

    // Every stream of one server has one replica, so that what the account uses is what that tier uses.
    private static SortedDictionary<string, AccountTierModel>? TiersOf(AccountLimits limits, AccountInfoResponse account)
    {
        if (limits.Tiers is not { } tiers)
            return null;
        var models = new SortedDictionary<string, AccountTierModel>(StringComparer.Ordinal);
        foreach ((string name, AccountLimits tier) in tiers)
        {
            bool isUsed = name == AccountLimits.TierOf(1);
            models.Add(name, new AccountTierModel
            {
                MemoryBytes = isUsed ? account.MemoryBytes.GetValueOrDefault() : 0,
                StoreBytes = isUsed ? account.StoreBytes.GetValueOrDefault() : 0,
                ReservedMemoryBytes = isUsed ? account.ReservedMemoryBytes.GetValueOrDefault() : 0,
                ReservedStoreBytes = isUsed ? account.ReservedStoreBytes.GetValueOrDefault() : 0,
                Streams = isUsed ? account.Streams.GetValueOrDefault() : 0,
                Consumers = isUsed ? account.Consumers.GetValueOrDefault() : 0,
                Limits = ModelOf(tier),
            });
        }

        return models;
    }

    private static AccountLimitsModel ModelOf(AccountLimits limits) => new()
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
}
