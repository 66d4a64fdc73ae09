using System.Text;
using Rivulet.JetStream.Hosting;
using Rivulet.Protocol;
using Rivulet.Server.Accounts;
using Rivulet.Server.Security.Tokens;

namespace Rivulet.Server.Security.Operators;

/// <summary>Makes of an account's claims what a configuration file could have said.</summary>
internal static class ClaimedAccountSettings
{
    private const string SingleReplicaTier = "R1";

    /// <summary>The settings, but for imports, which take the exporting accounts' claims as well.</summary>
    public static AccountSettings Of(AccountClaims claims)
    {
        var account = claims.Account;
        return new AccountSettings
        {
            Name = claims.Subject,
            NameTag = claims.Name.Length > 0 ? claims.Name : null,
            NKey = claims.Subject,
            DefaultPermissions = account.DefaultPermissions.ToPermissions(),
            Limits = new AccountConnectionLimits
            {
                MaxConnections = Clamp(account.Limits.Connections),
                MaxSubscriptions = Clamp(account.Limits.Subscriptions),
                MaxPayload = Clamp(account.Limits.Payload),
                MaxLeafNodes = Clamp(account.Limits.LeafNodes),
            },
            JetStream = JetStreamOf(account.Limits),
            Expires = claims.Expires > 0 ? ClaimedTime.Of(claims.Expires) : null,
            StreamExports = [.. account.Exports.Where(export => export.IsStream).Select(StreamOf)],
            ServiceExports = WithLatency([.. account.Exports.Where(export => export.IsService).Select(ServiceOf)]),
            TraceDestination = IsSubject(account.Trace.Destination) ? account.Trace.Destination : null,
            TraceSampling = account.Trace.Sampling is > 0 and <= 100 ? account.Trace.Sampling : 100,
            Mappings = [.. account.Mappings.Select(pair => MappingOf(pair.Key, pair.Value)).Where(IsUsable)],
        };
    }

    /// <summary>An import of messages.</summary>
    public static StreamImport StreamOf(ImportClaims import, bool isActivated)
    {
        return new StreamImport
        {
            Account = import.Account,
            Subject = import.Subject,
            To = import.LocalSubject.Length > 0 ? import.LocalSubject : null,
            Prefix = import.LocalSubject.Length == 0 && import.To.Length > 0 ? import.To : null,
            AllowTrace = import.AllowTrace,
            IsActivated = isActivated,
        };
    }

    /// <summary>An import of a service. In old tokens the subject is the one here, and <c>to</c> the one there.</summary>
    public static ServiceImport ServiceOf(ImportClaims import, bool isActivated)
    {
        bool isOld = import.LocalSubject.Length == 0 && import.To.Length > 0;
        string here = import.LocalSubject.Length > 0 ? import.LocalSubject : import.Subject;
        string there = isOld ? import.To : import.Subject;
        return new ServiceImport
        {
            Account = import.Account,
            Subject = there,
            To = here == there ? null : here,
            Share = import.Share,
            IsActivated = isActivated,
        };
    }

    private static bool IsSubject(string text)
    {
        return Subject.IsValidLiteral(Encoding.UTF8.GetBytes(text));
    }

    private static StreamExport StreamOf(ExportClaims export)
    {
        return new StreamExport
        {
            Subject = export.Subject,
            Accounts = export.TokenRequired ? [] : null,
            AccountTokenPosition = export.AccountTokenPosition,
        };
    }

    private static ServiceExport ServiceOf(ExportClaims export)
    {
        return new ServiceExport
        {
            Subject = export.Subject,
            Accounts = export.TokenRequired ? [] : null,
            ResponseType = export.ResponseType switch
            {
                "Stream" => ServiceResponseType.Stream,
                "Chunked" => ServiceResponseType.Chunked,
                _ => ServiceResponseType.Singleton,
            },
            ResponseThreshold = export.ResponseThresholdNanos > 0
                ? TimeSpan.FromTicks(export.ResponseThresholdNanos / TimeSpan.NanosecondsPerTick)
                : ServiceExport.DefaultResponseThreshold,
            AccountTokenPosition = export.AccountTokenPosition,
            AllowTrace = export.AllowTrace,
            Latency = export.Latency is { } latency ? new ServiceLatency(latency.Results, latency.Sampling) : null,
        };
    }

    // A service that cannot be measured as its claims say is there all the same.
    private static ServiceExport[] WithLatency(ServiceExport[] services)
    {
        return [.. services.Select(service => service.Latency?.ComplaintFor(service, services) is null ? service : service with { Latency = null })];
    }

    // What is for one of several clusters is for none of this server's.
    private static SubjectMapping MappingOf(string source, List<MappingClaims>? destinations)
    {
        return new SubjectMapping
        {
            Source = source,
            Destinations =
            [
                .. (destinations ?? [])
                    .Where(destination => destination.Cluster.Length == 0)
                    .Select(destination => new MappingDestination(destination.Subject, destination.Percent)),
            ],
        };
    }

    private static bool IsUsable(SubjectMapping mapping)
    {
        return mapping.Destinations.Count > 0 && AccountMapping.Parse(mapping, out _) is null;
    }

    // Where there are tiers, streams of this server are of the one for a single replica.
    private static AccountLimits? JetStreamOf(AccountLimitClaims limits)
    {
        if (limits.Tiers.Count == 0)
            return limits.HasStorage ? JetStreamOf((JetStreamLimitClaims)limits) : null;
        if (!limits.Tiers.Values.Any(tier => tier.HasStorage))
            return null;
        var tiers = limits.Tiers.ToDictionary(tier => tier.Key, tier => JetStreamOf(tier.Value), StringComparer.Ordinal);
        AccountLimits own = tiers.GetValueOrDefault(SingleReplicaTier) ?? new AccountLimits { MaxMemoryBytes = 0, MaxStoreBytes = 0 };
        return own with { Tiers = tiers };
    }

    private static AccountLimits JetStreamOf(JetStreamLimitClaims claims)
    {
        return new AccountLimits
        {
            MaxMemoryBytes = claims.MemoryStorage,
            MaxStoreBytes = claims.DiskStorage,
            MaxStreams = Clamp(claims.Streams),
            MaxConsumers = Clamp(claims.Consumers),
            MaxAckPending = Clamp(UnlimitedIfNone(claims.MaxAckPending)),
            MemoryMaxStreamBytes = UnlimitedIfNone(claims.MemoryMaxStreamBytes),
            StoreMaxStreamBytes = UnlimitedIfNone(claims.DiskMaxStreamBytes),
            MaxBytesRequired = claims.MaxBytesRequired,
        };
    }

    private static long UnlimitedIfNone(long limit)
    {
        return limit > 0 ? limit : -1;
    }

    private static int Clamp(long limit)
    {
        return (int)Math.Clamp(limit, -1, int.MaxValue);
    }
}
