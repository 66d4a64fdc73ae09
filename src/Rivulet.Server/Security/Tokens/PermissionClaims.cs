using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace Rivulet.Server.Security.Tokens;

/// <summary>Subjects allowed and denied.</summary>
internal sealed class SubjectPermissionClaims
{
    /// <summary>Subjects that are allowed; empty for all.</summary>
    [JsonPropertyName("allow"), AllowNull]
    public List<string> Allow { get; set => field = value ?? []; } = [];

    /// <summary>Subjects that are denied.</summary>
    [JsonPropertyName("deny"), AllowNull]
    public List<string> Deny { get; set => field = value ?? []; } = [];

    /// <summary>Whether nothing is said.</summary>
    [JsonIgnore]
    public bool IsEmpty => Allow.Count + Deny.Count == 0;

    /// <summary>Adds what is wrong with it.</summary>
    public void Validate(ClaimsProblems problems, bool queueAllowed)
    {
        foreach (string subject in Allow.Concat(Deny))
        {
            string[] parts = subject.Split(' ');
            if (parts.Length > 2)
            {
                problems.Error($"Permission Subject \"{subject}\" contains too many spaces");
                continue;
            }

            foreach (string part in parts)
                ClaimedSubject.Validate(part, problems);
            if (parts.Length == 2 && !queueAllowed)
                problems.Error($"Permission Subject \"{subject}\" is not allowed to contain queue");
        }
    }
}

/// <summary>Responses allowed.</summary>
internal sealed class ResponsePermissionClaims
{
    /// <summary>Most messages.</summary>
    [JsonPropertyName("max")]
    public int Max { get; set; }

    /// <summary>How long, in nanoseconds.</summary>
    [JsonPropertyName("ttl")]
    public long TtlNanos { get; set; }
}

/// <summary>Permissions, of a user or as an account's default.</summary>
internal class PermissionClaims : ClaimsFields
{
    /// <summary>Publishing.</summary>
    [JsonPropertyName("pub"), AllowNull]
    public SubjectPermissionClaims Publish { get; set => field = value ?? new(); } = new();

    /// <summary>Subscribing.</summary>
    [JsonPropertyName("sub"), AllowNull]
    public SubjectPermissionClaims Subscribe { get; set => field = value ?? new(); } = new();

    /// <summary>Responding.</summary>
    [JsonPropertyName("resp")]
    public ResponsePermissionClaims? Responses { get; set; }

    /// <summary>Adds what is wrong with them.</summary>
    public void ValidatePermissions(ClaimsProblems problems)
    {
        Subscribe.Validate(problems, queueAllowed: true);
        Publish.Validate(problems, queueAllowed: false);
    }

    /// <summary>The permissions; null if nothing is said.</summary>
    public Permissions? ToPermissions()
    {
        if (Publish.IsEmpty && Subscribe.IsEmpty && Responses is null)
            return null;
        return PermissionRules.Complete(new Permissions
        {
            Publish = Publish.IsEmpty ? null : Of(Publish),
            Subscribe = Subscribe.IsEmpty ? null : Of(Subscribe),
            Responses = Responses is null ? null : Of(Responses),
        });
    }

    private static SubjectPermission Of(SubjectPermissionClaims claims)
    {
        return new SubjectPermission { Allow = claims.Allow.Count > 0 ? claims.Allow : null, Deny = claims.Deny };
    }

    private static ResponsePermission Of(ResponsePermissionClaims claims)
    {
        return new ResponsePermission
        {
            Max = claims.Max == 0 ? ResponsePermission.DefaultMax : claims.Max,
            Expires = claims.TtlNanos == 0 ? ResponsePermission.DefaultExpires : TimeSpan.FromTicks(claims.TtlNanos / 100),
        };
    }
}
