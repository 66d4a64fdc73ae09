using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json.Serialization;
using Rivulet.Protocol;

namespace Rivulet.Server.Security.Tokens;

/// <summary>The <c>nats</c> claim about an operator.</summary>
internal sealed class OperatorFields : ClaimsFields
{
    /// <summary>Keys that sign for the operator.</summary>
    [JsonPropertyName("signing_keys"), AllowNull]
    public List<string> SigningKeys { get; set => field = value ?? []; } = [];

    /// <summary>Where accounts are served over HTTP.</summary>
    [JsonPropertyName("account_server_url"), AllowNull]
    public string AccountServerUrl { get; set => field = value ?? ""; } = "";

    /// <summary>The system account.</summary>
    [JsonPropertyName("system_account"), AllowNull]
    public string SystemAccount { get; set => field = value ?? ""; } = "";

    /// <summary>The lowest version that a server must have: <c>2.10.0</c>.</summary>
    [JsonPropertyName("assert_server_version"), AllowNull]
    public string AssertServerVersion { get; set => field = value ?? ""; } = "";

    /// <summary>Whether accounts and users have to be signed by signing keys, not by the identity keys.</summary>
    [JsonPropertyName("strict_signing_key_usage")]
    public bool StrictSigningKeyUsage { get; set; }
}

/// <summary>Claims about an operator, by itself.</summary>
internal sealed class OperatorClaims : Claims
{
    private static readonly NKeyKind[] MayIssue = [NKeyKind.Operator];

    /// <summary>What is particular to operators.</summary>
    [JsonPropertyName("nats"), AllowNull]
    public OperatorFields Operator { get; set => field = value ?? new(); } = new();

    /// <inheritdoc/>
    public override IReadOnlyList<NKeyKind> Issuers => MayIssue;

    /// <summary>The keys that may sign for it.</summary>
    [JsonIgnore]
    public IEnumerable<string> Keys => Operator.StrictSigningKeyUsage ? Operator.SigningKeys : [Subject, .. Operator.SigningKeys];

    /// <summary>The version that it asserts, as three numbers; null if it asserts none.</summary>
    /// <exception cref="FormatException">It is not three numbers; the message says what it is.</exception>
    public (int Major, int Minor, int Update)? AssertedVersion()
    {
        if (Operator.AssertServerVersion.Length == 0)
            return null;
        string[] parts = Operator.AssertServerVersion.Split('.');
        if (parts.Length != 3)
            throw new FormatException("asserted server version must be of the form <major>.<minor>.<update>");
        int[] numbers = new int[3];
        for (int i = 0; i < numbers.Length; i++)
        {
            if (!int.TryParse(parts[i], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out numbers[i]))
                throw new FormatException($"asserted server version cant parse {parts[i]} to int");
        }

        if (numbers.Any(number => number < 0))
            throw new FormatException($"asserted server version can'b contain negative values: {Operator.AssertServerVersion}");
        return (numbers[0], numbers[1], numbers[2]);
    }

    /// <inheritdoc/>
    public override void Validate(ClaimsProblems problems, long now)
    {
        base.Validate(problems, now);
        foreach (string key in Operator.SigningKeys.Where(key => !NKey.IsPublicKey(key, NKeyKind.Operator)))
            problems.Error($"{key} is not an operator public key");
        if (Operator.SystemAccount.Length > 0 && !NKey.IsPublicKey(Operator.SystemAccount, NKeyKind.Account))
            problems.Error($"{Operator.SystemAccount} is not an account public key");
    }
}
