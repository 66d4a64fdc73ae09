using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using Rivulet.Protocol;

namespace Rivulet.Server.Security.Tokens;

/// <summary>A time of day at which a user may connect, to another one.</summary>
internal sealed class TimeRangeClaims
{
    /// <summary>Where it begins, <c>hh:mm:ss</c>.</summary>
    [JsonPropertyName("start"), AllowNull]
    public string Start { get; set => field = value ?? ""; } = "";

    /// <summary>Where it ends; before its beginning for a range over midnight.</summary>
    [JsonPropertyName("end"), AllowNull]
    public string End { get; set => field = value ?? ""; } = "";
}

/// <summary>What a user may do and use: of its own, or as the template of a scoped signing key.</summary>
internal class UserTemplateClaims : PermissionClaims
{
    /// <summary>Networks that it may connect from, as CIDR; empty for all.</summary>
    [JsonPropertyName("src"), AllowNull, JsonConverter(typeof(NetworkListConverter))]
    public List<string> Sources { get; set => field = value ?? []; } = [];

    /// <summary>Times of day at which it may be connected; empty for all.</summary>
    [JsonPropertyName("times"), AllowNull]
    public List<TimeRangeClaims> Times { get; set => field = value?.ConvertAll(range => range ?? new()) ?? []; } = [];

    /// <summary>The time zone of those, by its IANA name; empty for the server's.</summary>
    [JsonPropertyName("times_location"), AllowNull]
    public string TimeZone { get; set => field = value ?? ""; } = "";

    /// <summary>Most subscriptions; -1 for no limit.</summary>
    [JsonPropertyName("subs")]
    public long Subscriptions { get; set; }

    /// <summary>Most bytes; -1 for no limit.</summary>
    [JsonPropertyName("data")]
    public long Data { get; set; }

    /// <summary>Most bytes of one message; -1 for no limit.</summary>
    [JsonPropertyName("payload")]
    public long Payload { get; set; }

    /// <summary>Whether the token alone is enough, with no signature.</summary>
    [JsonPropertyName("bearer_token")]
    public bool IsBearer { get; set; }

    /// <summary>Whether it may connect through a trusted proxy only.</summary>
    [JsonPropertyName("proxy_required")]
    public bool ProxyRequired { get; set; }

    /// <summary>Ways to connect; empty for all.</summary>
    [JsonPropertyName("allowed_connection_types"), AllowNull]
    public List<string> ConnectionTypes { get; set => field = value ?? []; } = [];

    /// <summary>Whether nothing is said, as it has to be where a scope says it.</summary>
    [JsonIgnore]
    public bool IsEmpty => Publish.IsEmpty && Subscribe.IsEmpty && Responses is null
        && Sources.Count == 0 && Times.Count == 0 && TimeZone.Length == 0
        && (Subscriptions, Data, Payload) == (0, 0, 0)
        && !IsBearer && !ProxyRequired && ConnectionTypes.Count == 0;

    /// <summary>Adds what is wrong with it.</summary>
    public void ValidateTemplate(ClaimsProblems problems)
    {
        ValidatePermissions(problems);
        foreach (string network in Sources.Where(network => !SourceNetworks.IsValid(network)))
            problems.Error($"invalid cidr \"{network}\" in user src limits");
        foreach (var range in Times)
            ConnectTimes.Validate(range, problems);
        if (TimeZone.Length > 0 && !TimeZoneInfo.TryFindSystemTimeZoneById(TimeZone, out _))
            problems.Error($"could not parse iana time zone by name: unknown time zone {TimeZone}");
    }
}

/// <summary>The <c>nats</c> claim about a user.</summary>
internal sealed class UserFields : UserTemplateClaims
{
    /// <summary>The account, where one of its signing keys issued the token; empty where the account itself did.</summary>
    [JsonPropertyName("issuer_account"), AllowNull]
    public string IssuerAccount { get; set => field = value ?? ""; } = "";
}

/// <summary>Claims about a user, by its account.</summary>
internal sealed class UserClaims : Claims
{
    private static readonly NKeyKind[] MayIssue = [NKeyKind.Account];

    /// <summary>What is particular to users.</summary>
    [JsonPropertyName("nats"), AllowNull]
    public UserFields User { get; set => field = value ?? new(); } = new();

    /// <inheritdoc/>
    public override IReadOnlyList<NKeyKind> Issuers => MayIssue;

    /// <summary>The account that the user belongs to.</summary>
    [JsonIgnore]
    public string Account => User.IssuerAccount.Length > 0 ? User.IssuerAccount : Issuer;

    /// <inheritdoc/>
    public override void Validate(ClaimsProblems problems, long now)
    {
        base.Validate(problems, now);
        User.ValidateTemplate(problems);
        if (User.IssuerAccount.Length > 0 && !NKey.IsPublicKey(User.IssuerAccount, NKeyKind.Account))
            problems.Error("account_id is not an account public key");
    }
}
