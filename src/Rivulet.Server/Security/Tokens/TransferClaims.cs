using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace Rivulet.Server.Security.Tokens;

/// <summary>What an account lets out, or in.</summary>
internal abstract class TransferClaims
{
    /// <summary>The type of messages that are only published.</summary>
    public const string StreamType = "stream";

    /// <summary>The type of requests with their responses.</summary>
    public const string ServiceType = "service";

    /// <summary>The subjects, as the exporting account has them.</summary>
    [JsonPropertyName("subject"), AllowNull]
    public string Subject { get; set => field = value ?? ""; } = "";

    /// <summary>Which of both.</summary>
    [JsonPropertyName("type"), AllowNull]
    public string Type { get; set => field = value ?? ""; } = "";

    /// <summary>Whether traces of messages go on.</summary>
    [JsonPropertyName("allow_trace")]
    public bool AllowTrace { get; set; }

    /// <summary>Whether it is a stream.</summary>
    [JsonIgnore]
    public bool IsStream => Type == StreamType;

    /// <summary>Whether it is a service.</summary>
    [JsonIgnore]
    public bool IsService => Type == ServiceType;
}

/// <summary>Measuring how long a service takes.</summary>
internal sealed class LatencyClaims
{
    /// <summary>How many of a hundred requests are measured; 0 for those whose headers ask for it.</summary>
    [JsonPropertyName("sampling"), JsonConverter(typeof(SamplingConverter))]
    public int Sampling { get; set; }

    /// <summary>Where the measurements go.</summary>
    [JsonPropertyName("results"), AllowNull]
    public string Results { get; set => field = value ?? ""; } = "";
}

/// <summary>What an account lets others have.</summary>
internal sealed class ExportClaims : TransferClaims
{
    /// <summary>What people call it.</summary>
    [JsonPropertyName("name"), AllowNull]
    public string Name { get; set => field = value ?? ""; } = "";

    /// <summary>Whether an import needs an activation token.</summary>
    [JsonPropertyName("token_req")]
    public bool TokenRequired { get; set; }

    /// <summary>Activations that hold no more: accounts, and until when what was issued for them is void.</summary>
    [JsonPropertyName("revocations"), AllowNull]
    public Dictionary<string, long> Revocations { get; set => field = value ?? []; } = [];

    /// <summary>How many messages make a response: <c>Singleton</c>, <c>Stream</c>, <c>Chunked</c>.</summary>
    [JsonPropertyName("response_type"), AllowNull]
    public string ResponseType { get; set => field = value ?? ""; } = "";

    /// <summary>How long a response may take, in nanoseconds.</summary>
    [JsonPropertyName("response_threshold")]
    public long ResponseThresholdNanos { get; set; }

    /// <summary>How the service is measured; null for not at all.</summary>
    [JsonPropertyName("service_latency")]
    public LatencyClaims? Latency { get; set; }

    /// <summary>The token of the subject, from 1, that has to be the importing account; 0 for none.</summary>
    [JsonPropertyName("account_token_position")]
    public int AccountTokenPosition { get; set; }

    /// <summary>Adds what is wrong with it.</summary>
    public void Validate(ClaimsProblems problems)
    {
        if (!IsService && !IsStream)
            problems.Error($"invalid export type: \"{Type}\"");
        if (IsService && ResponseType is not ("" or "Singleton" or "Stream" or "Chunked"))
            problems.Error($"invalid response type for service: \"{ResponseType}\"");
        if (IsStream && ResponseType.Length > 0)
            problems.Error($"invalid response type for stream: \"{ResponseType}\"");
        if (IsStream && AllowTrace)
            problems.Error("AllowTrace only valid for service export");
        ValidateLatency(problems);
        if (ResponseThresholdNanos < 0)
            problems.Error("negative response threshold is invalid");
        if (ResponseThresholdNanos > 0 && !IsService)
            problems.Error("response threshold only valid for services");
        ClaimedSubject.Validate(Subject, problems);
        ValidateTokenPosition(problems);
    }

    private void ValidateLatency(ClaimsProblems problems)
    {
        if (Latency is null)
            return;
        if (!IsService)
            problems.Error("latency tracking only permitted for services");
        if (Latency.Sampling is < 0 or > 100)
            problems.Error("sampling percentage needs to be between 1-100");
        ClaimedSubject.Validate(Latency.Results, problems);
        if (ClaimedSubject.HasWildcards(Latency.Results))
            problems.Error("results subject can not contain wildcards");
    }

    private void ValidateTokenPosition(ClaimsProblems problems)
    {
        if (AccountTokenPosition <= 0)
            return;
        string[] tokens = Subject.Split('.');
        if (!ClaimedSubject.HasWildcards(Subject))
            problems.Error($"Account Token Position can only be used with wildcard subjects: {Subject}");
        else if (AccountTokenPosition > tokens.Length)
            problems.Error($"Account Token Position {AccountTokenPosition} exceeds length of subject '{Subject}'");
        else if (tokens[AccountTokenPosition - 1] != "*")
            problems.Error($"Account Token Position {AccountTokenPosition} matches '{tokens[AccountTokenPosition - 1]}' but must match a * in: {Subject}");
    }
}

/// <summary>What an account takes from another one.</summary>
internal sealed class ImportClaims : TransferClaims
{
    /// <summary>The exporting account.</summary>
    [JsonPropertyName("account"), AllowNull]
    public string Account { get; set => field = value ?? ""; } = "";

    /// <summary>A token of that account which allows the import; empty for none.</summary>
    [JsonPropertyName("token"), AllowNull]
    public string Token { get; set => field = value ?? ""; } = "";

    /// <summary>In old tokens: of a stream, what its subjects begin with here; of a service, its subjects there.</summary>
    [JsonPropertyName("to"), AllowNull]
    public string To { get; set => field = value ?? ""; } = "";

    /// <summary>What the subjects are here; empty for the same.</summary>
    [JsonPropertyName("local_subject"), AllowNull]
    public string LocalSubject { get; set => field = value ?? ""; } = "";

    /// <summary>Whether the service is told who asks.</summary>
    [JsonPropertyName("share")]
    public bool Share { get; set; }

    /// <summary>Adds what is wrong with it.</summary>
    /// <param name="importer">The importing account.</param>
    /// <param name="problems">Takes them.</param>
    public void Validate(string importer, ClaimsProblems problems)
    {
        if (!IsService && !IsStream)
            problems.Error($"invalid import type: \"{Type}\"");
        if (IsService && AllowTrace)
            problems.Error("AllowTrace only valid for stream import");
        if (Account.Length == 0)
            problems.Error("account to import from is not specified");
        ClaimedSubject.Validate(Subject, problems);
        if (LocalSubject.Length > 0)
        {
            ClaimedSubject.ValidateRenaming(LocalSubject, Subject, problems);
            if (To.Length > 0)
                problems.Error("Local Subject replaces To");
        }

        if (Share && !IsService)
            problems.Error($"sharing information (for latency tracking) is only valid for services: \"{Subject}\"");
        if (Token.Length > 0)
            ValidateToken(importer, problems);
    }

    private void ValidateToken(string importer, ClaimsProblems problems)
    {
        if (Jwt.Decode<ActivationClaims>(Token, out _) is not { } activation)
        {
            problems.Error($"import \"{Subject}\" contains an invalid activation token");
            return;
        }

        if (activation.Issuer != Account && activation.Activation.IssuerAccount != Account)
            problems.Error($"activation token doesn't match account for import \"{Subject}\"");
        if (activation.Subject != importer)
            problems.Error($"activation token doesn't match account it is being included in, \"{Subject}\"");
        if (activation.Activation.ImportKind != Type)
            problems.Error($"mismatch between token import type {activation.Activation.ImportKind} and type of import {Type}");
        activation.ValidateAtAnyTime(problems);
        string subject = IsService && To.Length > 0 ? To : Subject;
        if (!ClaimedSubject.IsContainedIn(subject, activation.Activation.ImportSubject))
            problems.Error($"activation token import subject \"{activation.Activation.ImportSubject}\" doesn't match import \"{Subject}\"");
    }
}
