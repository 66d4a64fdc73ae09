using System.Globalization;
using Rivulet.Server.Configuration.Language;
using Rivulet.Server.Hosting;
using Rivulet.Server.Security;

namespace Rivulet.Server.Configuration.Keys;

/// <summary>The key <c>exports</c> of an account: what it lets others have and ask.</summary>
internal static class ExportKeys
{
    private const string NotAService = "directive on non-service";

    private static readonly KeyTable<Draft> Table = Create();

    /// <summary>Names of the keys of an export.</summary>
    public static IEnumerable<string> Names => Table.Names;

    /// <summary>Adds the exports that an entry lists to an account's.</summary>
    public static AccountSettings Read(AccountSettings account, ConfigEntry entry, ConfigProblems problems)
    {
        if (entry.Value is not ConfigArray array)
        {
            problems.Error(entry.Position, $"Exports should be an array, got {entry.Value.KindName}");
            return account;
        }

        foreach (var item in array.Items)
        {
            if (item.Value is not ConfigMap map)
            {
                problems.Error(item.Position, $"Export Items should be a map with type entry, got {item.Value.KindName}");
                continue;
            }

            account = Add(account, Table.Apply(map, new Draft(), problems));
        }

        return account;
    }

    private static AccountSettings Add(AccountSettings account, Draft draft)
    {
        if (draft.Service is { } service)
        {
            var export = new ServiceExport
            {
                Subject = service,
                Accounts = draft.Accounts,
                ResponseType = draft.ResponseType ?? ServiceResponseType.Singleton,
                ResponseThreshold = draft.Threshold is { } threshold && threshold != TimeSpan.Zero
                    ? threshold
                    : ServiceExport.DefaultResponseThreshold,
                AccountTokenPosition = draft.AccountTokenPosition,
                AllowTrace = draft.AllowTrace is not null,
                Latency = draft.Latency,
            };
            return account with { ServiceExports = [.. account.ServiceExports, export] };
        }

        if (draft.Stream is not { } stream)
            return account;
        var streamExport = new StreamExport
        {
            Subject = stream,
            Accounts = draft.Accounts,
            AccountTokenPosition = draft.AccountTokenPosition,
        };
        return account with { StreamExports = [.. account.StreamExports, streamExport] };
    }

    private static KeyTable<Draft> Create()
    {
        return new KeyTable<Draft>()
            .Custom(Stream, "stream")
            .Custom(Service, "service")
            .Custom(Response, "response", "response_type")
            .Custom(Threshold, "threshold", "response_threshold", "response_max_time", "response_time")
            .Custom(Accounts, "accounts")
            .Integer((d, v) => d with { AccountTokenPosition = Math.Max(v, 0) }, "account_token_position")
            .Custom(AllowTrace, "allow_trace")
            .Custom(Latency, "latency");
    }

    private static Draft Stream(Draft draft, ConfigEntry entry, ConfigProblems problems)
    {
        string? complaint = draft switch
        {
            { Service: not null } => $"Detected stream \"{ValueText.Of(entry.Value)}\" but already saw a service",
            { ResponseType: not null } => $"Detected response {NotAService}",
            { AllowTrace: not null } => $"Detected allow_trace {NotAService}",
            _ when entry.Value is not ConfigText => $"Expected stream name to be string, got {entry.Value.KindName}",
            _ => null,
        };
        if (complaint is null && draft.LatencyPosition is { } latency)
            problems.Error(latency, $"Detected latency {NotAService}");
        else if (complaint is null)
            return draft with { Stream = ((ConfigText)entry.Value).Value };
        else
            problems.Error(entry.Position, complaint);
        return draft;
    }

    private static Draft Service(Draft draft, ConfigEntry entry, ConfigProblems problems)
    {
        if (draft.Stream is not null)
            problems.Error(entry.Position, $"Detected service \"{ValueText.Of(entry.Value)}\" but already saw a stream");
        else if (entry.Value is not ConfigText text)
            problems.Error(entry.Position, $"Expected service name to be string, got {entry.Value.KindName}");
        else
            return draft with { Service = text.Value };
        return draft;
    }

    private static Draft Response(Draft draft, ConfigEntry entry, ConfigProblems problems)
    {
        if (draft.ResponseType is not null)
        {
            problems.Error(entry.Position, "Duplicate response type definition");
            return draft;
        }

        if (entry.Value is not ConfigText text)
        {
            problems.Error(entry.Position, $"Expected response type to be string, got {entry.Value.KindName}");
            return draft;
        }

        ServiceResponseType? type = text.Value.ToLowerInvariant() switch
        {
            "single" or "singleton" => ServiceResponseType.Singleton,
            "stream" => ServiceResponseType.Stream,
            "chunk" or "chunked" => ServiceResponseType.Chunked,
            _ => null,
        };
        if (type is null)
            problems.Error(entry.Position, $"Unknown response type: \"{text.Value}\"");
        else if (draft.Stream is not null)
            problems.Error(entry.Position, $"Detected response {NotAService}");
        return draft with { ResponseType = type };
    }

    private static Draft Threshold(Draft draft, ConfigEntry entry, ConfigProblems problems)
    {
        if (draft.Threshold is not null)
            problems.Error(entry.Position, "Duplicate response threshold detected");
        else if (entry.Value is not ConfigText text)
            problems.Error(entry.Position, $"Expected response threshold to be a parseable time duration, got {entry.Value.KindName}");
        else if (!GoDuration.TryParse(text.Value, out var threshold))
            problems.Error(entry.Position, $"Expected response threshold to be a parseable time duration, got \"{text.Value}\"");
        else if (draft.Stream is not null)
            problems.Error(entry.Position, $"Detected response {NotAService}");
        else
            return draft with { Threshold = threshold };
        return draft;
    }

    private static Draft Accounts(Draft draft, ConfigEntry entry, ConfigProblems problems)
    {
        if (entry.Value is not ConfigArray array)
        {
            problems.WrongKind(entry.Position, entry.Value, "[]interface {}");
            return draft;
        }

        var names = new List<string>();
        foreach (var item in array.Items)
        {
            if (item.Value is ConfigText name)
                names.Add(name.Value);
            else
                problems.WrongKind(item.Position, item.Value, "string");
        }

        // Nobody named is everybody.
        return draft with { Accounts = names.Count > 0 ? names : null };
    }

    private static Draft AllowTrace(Draft draft, ConfigEntry entry, ConfigProblems problems)
    {
        if (entry.Value is not ConfigBoolean allow)
        {
            problems.WrongKind(entry.Position, entry.Value, "bool");
            return draft;
        }

        if (draft.Stream is not null)
            problems.Error(entry.Position, $"Detected allow_trace {NotAService}");
        return draft with { AllowTrace = allow.Value ? true : draft.AllowTrace };
    }

    private static Draft Latency(Draft draft, ConfigEntry entry, ConfigProblems problems)
    {
        var latency = entry.Value switch
        {
            ConfigText text => new ServiceLatency(text.Value),
            ConfigMap map => LatencyOf(map, entry, problems),
            _ => null,
        };
        if (entry.Value is not (ConfigText or ConfigMap))
            problems.Error(entry.Position, $"Expected latency entry to be a map/struct or string, got {entry.Value.KindName}");
        else if (latency is not null && draft.Stream is not null)
            problems.Error(entry.Position, $"Detected latency {NotAService}");
        return draft with { Latency = latency, LatencyPosition = entry.Position };
    }

    private static ServiceLatency? LatencyOf(ConfigMap map, ConfigEntry entry, ConfigProblems problems)
    {
        int sampling = 100;
        if (map.Entries.LastOrDefault(inner => inner.Key == "sampling") is { } sample && !TryReadSampling(sample, problems, out sampling))
            return null;
        switch (map.Entries.LastOrDefault(inner => inner.Key == "subject"))
        {
            case { Value: ConfigText subject }:
                return new ServiceLatency(subject.Value, sampling);
            case { } wrong:
                problems.Error(wrong.Position, $"Expected latency subject to be a string, got {wrong.Value.KindName}");
                return null;
            default:
                problems.Error(entry.Position, "Latency subject required, but missing");
                return null;
        }
    }

    private static bool TryReadSampling(ConfigEntry entry, ConfigProblems problems, out int sampling)
    {
        sampling = 0;
        long percent;
        switch (entry.Value)
        {
            case ConfigInteger { Value: var number }:
                percent = number;
                break;
            case ConfigText { Value: var text } when text.Trim().Equals("headers", StringComparison.OrdinalIgnoreCase):
                return true;
            case ConfigText { Value: var text }:
                string digits = text.EndsWith('%') ? text[..^1] : text;
                if (long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out percent))
                    break;
                problems.Error(entry.Position, $"Failed to parse latency sample: strconv.Atoi: parsing \"{digits}\": invalid syntax");
                return false;
            default:
                problems.Error(entry.Position, $"Expected latency sample to be a string or map/struct, got {entry.Value.KindName}");
                return false;
        }

        sampling = (int)Math.Clamp(percent, 0, 100);
        if (percent is >= 1 and <= 100)
            return true;
        problems.Error(entry.Position, "bad sampling percentage, should be 1-100");
        return false;
    }

    private sealed record Draft
    {
        public string? Stream { get; init; }

        public string? Service { get; init; }

        public IReadOnlyList<string>? Accounts { get; init; }

        public ServiceResponseType? ResponseType { get; init; }

        public TimeSpan? Threshold { get; init; }

        public int AccountTokenPosition { get; init; }

        public bool? AllowTrace { get; init; }

        public ServiceLatency? Latency { get; init; }

        public ConfigPosition? LatencyPosition { get; init; }
    }
}
