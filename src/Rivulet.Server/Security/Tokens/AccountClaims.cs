using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using Rivulet.Protocol;

namespace Rivulet.Server.Security.Tokens;

/// <summary>What an account may use of JetStream. -1 is unlimited; no storage of a kind is none of that kind.</summary>
internal class JetStreamLimitClaims
{
    /// <summary>Bytes of memory streams.</summary>
    [JsonPropertyName("mem_storage")]
    public long MemoryStorage { get; set; }

    /// <summary>Bytes of file streams.</summary>
    [JsonPropertyName("disk_storage")]
    public long DiskStorage { get; set; }

    /// <summary>Streams.</summary>
    [JsonPropertyName("streams")]
    public long Streams { get; set; }

    /// <summary>Consumers of a stream.</summary>
    [JsonPropertyName("consumer")]
    public long Consumers { get; set; }

    /// <summary>Highest <c>max_ack_pending</c>; 0 for no limit.</summary>
    [JsonPropertyName("max_ack_pending")]
    public long MaxAckPending { get; set; }

    /// <summary>Bytes of one memory stream; 0 for no limit.</summary>
    [JsonPropertyName("mem_max_stream_bytes")]
    public long MemoryMaxStreamBytes { get; set; }

    /// <summary>Bytes of one file stream; 0 for no limit.</summary>
    [JsonPropertyName("disk_max_stream_bytes")]
    public long DiskMaxStreamBytes { get; set; }

    /// <summary>Whether streams have to say how large they may become.</summary>
    [JsonPropertyName("max_bytes_required")]
    public bool MaxBytesRequired { get; set; }

    /// <summary>Whether there is any storage.</summary>
    [JsonIgnore]
    public bool HasStorage => MemoryStorage != 0 || DiskStorage != 0;

    /// <summary>Whether anything is said.</summary>
    [JsonIgnore]
    public bool IsAnySet => HasStorage || MaxBytesRequired
        || (Streams, Consumers, MaxAckPending, MemoryMaxStreamBytes, DiskMaxStreamBytes) != (0, 0, 0, 0, 0);
}

/// <summary>What an account may use.</summary>
internal sealed class AccountLimitClaims : JetStreamLimitClaims
{
    /// <summary>Subscriptions of a connection.</summary>
    [JsonPropertyName("subs")]
    public long Subscriptions { get; set; }

    /// <summary>Bytes.</summary>
    [JsonPropertyName("data")]
    public long Data { get; set; }

    /// <summary>Bytes of a message.</summary>
    [JsonPropertyName("payload")]
    public long Payload { get; set; }

    /// <summary>Imports.</summary>
    [JsonPropertyName("imports")]
    public long Imports { get; set; }

    /// <summary>Exports.</summary>
    [JsonPropertyName("exports")]
    public long Exports { get; set; }

    /// <summary>Whether exports may have wildcards.</summary>
    [JsonPropertyName("wildcards")]
    public bool WildcardExports { get; set; }

    /// <summary>Whether bearer tokens are refused.</summary>
    [JsonPropertyName("disallow_bearer")]
    public bool DisallowBearer { get; set; }

    /// <summary>Connections.</summary>
    [JsonPropertyName("conn")]
    public long Connections { get; set; }

    /// <summary>Connections of leaf nodes.</summary>
    [JsonPropertyName("leaf")]
    public long LeafNodes { get; set; }

    /// <summary>JetStream limits by the number of replicas, <c>R1</c>, <c>R3</c>; instead of those for all streams together.</summary>
    [JsonPropertyName("tiered_limits"), AllowNull]
    public Dictionary<string, JetStreamLimitClaims> Tiers { get; set => field = value?.ToDictionary(tier => tier.Key, tier => tier.Value ?? new()) ?? []; } = [];
}

/// <summary>A subject that a mapped one may become.</summary>
internal sealed class MappingClaims
{
    /// <summary>The subject.</summary>
    [JsonPropertyName("subject"), AllowNull]
    public string Subject { get; set => field = value ?? ""; } = "";

    /// <summary>Messages of a hundred; 0 for all.</summary>
    [JsonPropertyName("weight")]
    public byte Weight { get; set; }

    /// <summary>The cluster that it is for; empty for all.</summary>
    [JsonPropertyName("cluster"), AllowNull]
    public string Cluster { get; set => field = value ?? ""; } = "";

    /// <summary>Messages of a hundred.</summary>
    [JsonIgnore]
    public int Percent => Weight == 0 ? 100 : Weight;
}

/// <summary>A service that decides about users.</summary>
internal sealed class ExternalAuthorizationClaims
{
    /// <summary>Users that it does not decide about: those that it runs as. Empty if there is no service.</summary>
    [JsonPropertyName("auth_users"), AllowNull]
    public List<string> Users { get; set => field = value ?? []; } = [];

    /// <summary>Accounts that it may put users into; <c>*</c> for all.</summary>
    [JsonPropertyName("allowed_accounts"), AllowNull]
    public List<string> AllowedAccounts { get; set => field = value ?? []; } = [];

    /// <summary>The public key to encrypt for; empty for none.</summary>
    [JsonPropertyName("xkey"), AllowNull]
    public string XKey { get; set => field = value ?? ""; } = "";

    /// <summary>Whether there is such a service.</summary>
    [JsonIgnore]
    public bool IsEnabled => Users.Count > 0;

    /// <summary>Adds what is wrong with it.</summary>
    public void Validate(ClaimsProblems problems)
    {
        if (AllowedAccounts.Count > 0 && Users.Count == 0)
            problems.Error("External authorization cannot have accounts without users specified");
        foreach (string user in Users.Where(user => !NKey.IsPublicKey(user, NKeyKind.User)))
            problems.Error($"AuthUser \"{user}\" is not a valid user public key");
        foreach (string account in AllowedAccounts)
        {
            if (account == "*" && AllowedAccounts.Count > 1)
                problems.Error("AllowedAccounts can only be a list of accounts or \"*\"");
            else if (account != "*" && !NKey.IsPublicKey(account, NKeyKind.Account))
                problems.Error($"Account \"{account}\" is not a valid account public key");
        }

        if (XKey.Length > 0 && !NKey.IsPublicKey(XKey, NKeyKind.Curve))
            problems.Error($"XKey \"{XKey}\" is not a valid public xkey");
    }
}

/// <summary>Where an account wants traces of messages that another system samples.</summary>
internal sealed class TraceClaims
{
    /// <summary>The subject; empty for none.</summary>
    [JsonPropertyName("dest"), AllowNull]
    public string Destination { get; set => field = value ?? ""; } = "";

    /// <summary>How many of them, in percent; 0 for all.</summary>
    [JsonPropertyName("sampling")]
    public int Sampling { get; set; }
}

/// <summary>The <c>nats</c> claim about an account.</summary>
internal sealed class AccountFields : ClaimsFields
{
    /// <summary>What it takes from others.</summary>
    [JsonPropertyName("imports"), AllowNull]
    public List<ImportClaims> Imports { get; set => field = value ?? []; } = [];

    /// <summary>What it lets others have.</summary>
    [JsonPropertyName("exports"), AllowNull]
    public List<ExportClaims> Exports { get; set => field = value ?? []; } = [];

    /// <summary>What it may use.</summary>
    [JsonPropertyName("limits"), AllowNull]
    public AccountLimitClaims Limits { get; set => field = value ?? new(); } = new();

    /// <summary>Keys that sign for it, and what a key's users may do; null for what they say themselves.</summary>
    [JsonPropertyName("signing_keys"), AllowNull, JsonConverter(typeof(SigningKeysConverter))]
    public Dictionary<string, UserScopeClaims?> SigningKeys { get; set => field = value ?? []; } = [];

    /// <summary>Users, or <c>*</c>, and until when what was issued for them is void.</summary>
    [JsonPropertyName("revocations"), AllowNull]
    public Dictionary<string, long> Revocations { get; set => field = value ?? []; } = [];

    /// <summary>What users may do for whom nothing is said.</summary>
    [JsonPropertyName("default_permissions"), AllowNull]
    public PermissionClaims DefaultPermissions { get; set => field = value ?? new(); } = new();

    /// <summary>What becomes of subjects.</summary>
    [JsonPropertyName("mappings"), AllowNull]
    public Dictionary<string, List<MappingClaims>> Mappings
    {
        get;
        set => field = value?.ToDictionary(pair => pair.Key, pair => pair.Value?.ConvertAll(destination => destination ?? new()) ?? []) ?? [];
    } = [];


    /// <summary>Where it wants traces of messages.</summary>
    [JsonPropertyName("trace"), AllowNull]
    public TraceClaims Trace { get; set => field = value ?? new(); } = new();

    /// <summary>A service that decides about users.</summary>
    [JsonPropertyName("authorization"), AllowNull]
    public ExternalAuthorizationClaims Authorization { get; set => field = value ?? new(); } = new();
}

/// <summary>What the users of a signing key may do.</summary>
internal sealed class UserScopeClaims
{
    /// <summary>The only kind there is.</summary>
    public const string UserScope = "user_scope";

    /// <summary>The kind.</summary>
    [JsonPropertyName("kind"), AllowNull]
    public string Kind { get; set => field = value ?? ""; } = "";

    /// <summary>The signing key.</summary>
    [JsonPropertyName("key"), AllowNull]
    public string Key { get; set => field = value ?? ""; } = "";

    /// <summary>What people call it.</summary>
    [JsonPropertyName("role"), AllowNull]
    public string Role { get; set => field = value ?? ""; } = "";

    /// <summary>What users may do.</summary>
    [JsonPropertyName("template"), AllowNull]
    public ScopeTemplateClaims Template { get; set => field = value ?? new(); } = new();
}

/// <summary>What the users of a signing key may do. Limits that are not said are none, other than with users.</summary>
internal sealed class ScopeTemplateClaims : UserTemplateClaims
{
    /// <summary>A template that says nothing.</summary>
    public ScopeTemplateClaims()
    {
        Subscriptions = -1;
        Data = -1;
        Payload = -1;
    }
}

/// <summary>Claims about an account, by its operator.</summary>
internal sealed class AccountClaims : Claims
{
    private static readonly NKeyKind[] MayIssue = [NKeyKind.Account, NKeyKind.Operator];

    /// <summary>What is particular to accounts.</summary>
    [JsonPropertyName("nats"), AllowNull]
    public AccountFields Account { get; set => field = value ?? new(); } = new();

    /// <inheritdoc/>
    public override IReadOnlyList<NKeyKind> Issuers => MayIssue;

    /// <inheritdoc/>
    public override void Validate(ClaimsProblems problems, long now)
    {
        base.Validate(problems, now);
        ValidateImports(problems);
        ValidateExports(problems);
        var limits = Account.Limits;
        if (limits.Tiers.Count > 0 && limits.Tiers.ContainsKey(""))
            problems.Error("Tiered JetStream Limits can not contain a blank \"\" tier name");
        Account.DefaultPermissions.ValidatePermissions(problems);
        ValidateMappings(problems);
        Account.Authorization.Validate(problems);
        if (limits.Imports != -1 && Account.Imports.Count > limits.Imports)
            problems.Error("the account contains more imports than allowed by the operator");
        if (limits.Exports != -1 && Account.Exports.Count > limits.Exports)
            problems.Error("the account contains more exports than allowed by the operator");
        if (limits.Exports != -1 && !limits.WildcardExports && Account.Exports.Any(export => ClaimedSubject.HasWildcards(export.Subject)))
            problems.Error("the account contains wildcard exports that are not allowed by the operator");
        foreach (var (key, scope) in Account.SigningKeys)
        {
            if (!NKey.IsPublicKey(key, NKeyKind.Account))
                problems.Error(scope is null ? $"\"{key}\" is not a valid account signing key" : $"{key} is not an account public key");
        }
    }

    private void ValidateImports(ClaimsProblems problems)
    {
        var subjects = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (var import in Account.Imports)
        {
            if (import is null)
            {
                problems.Error("null import is not allowed");
                continue;
            }

            if (import.IsService)
                ValidateOverlap(import, subjects, problems);
            import.Validate(Subject, problems);
        }
    }

    private static void ValidateOverlap(ImportClaims import, Dictionary<string, List<string>> subjects, ClaimsProblems problems)
    {
        string local = import.LocalSubject.Length > 0 ? ClaimedSubject.WithoutReferences(import.LocalSubject) : import.Subject;
        string subject = import.To.Length > 0 ? import.To : local;
        if (!subjects.TryGetValue(import.Account, out var others))
            subjects[import.Account] = others = [];
        foreach (string other in others)
        {
            if (ClaimedSubject.IsContainedIn(subject, other) || ClaimedSubject.IsContainedIn(other, subject))
                problems.Error($"overlapping subject namespace for \"{subject}\" and \"{other}\" in same account \"{import.Account}\"");
        }

        others.Add(subject);
    }

    private void ValidateExports(ClaimsProblems problems)
    {
        var seen = new List<ExportClaims>();
        foreach (var export in Account.Exports)
        {
            if (export is null)
            {
                problems.Error("null export is not allowed");
                continue;
            }

            export.Validate(problems);
            foreach (var other in seen.Where(other => other.IsService == export.IsService))
            {
                if (ClaimedSubject.IsContainedIn(export.Subject, other.Subject))
                    problems.Error($"{export.Type} export subject \"{other.Subject}\" already exports \"{export.Subject}\"");
                else if (ClaimedSubject.IsContainedIn(other.Subject, export.Subject))
                    problems.Error($"{export.Type} export subject \"{export.Subject}\" already exports \"{other.Subject}\"");
            }

            seen.Add(export);
        }
    }

    private void ValidateMappings(ClaimsProblems problems)
    {
        foreach (var (source, destinations) in Account.Mappings)
        {
            ClaimedSubject.Validate(source, problems);
            foreach (var destination in destinations ?? [])
            {
                ClaimedSubject.Validate(destination.Subject, problems);
                if (destination.Percent > 100)
                    problems.Error($"Mapping \"{source}\" has a weight {destination.Percent} that exceeds 100");
            }

            foreach (var cluster in (destinations ?? []).GroupBy(destination => destination.Cluster))
            {
                if (cluster.Sum(destination => destination.Percent) > 100)
                    problems.Error($"Mapping \"{source}\" exceeds 100% among all of it's weighted to mappings");
            }
        }
    }
}
