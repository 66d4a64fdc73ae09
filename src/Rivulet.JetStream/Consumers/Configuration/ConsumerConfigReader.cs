using Rivulet.JetStream.Api.Json;

namespace Rivulet.JetStream.Consumers.Configuration;

/// <summary>What a create request says should become of a consumer that is there, or is not.</summary>
internal enum ConsumerAction
{
    /// <summary>Make it, or bring it to this configuration.</summary>
    CreateOrUpdate,

    /// <summary>Make it; it must not be there with another configuration.</summary>
    Create,

    /// <summary>Bring it to this configuration; it must be there.</summary>
    Update,
}

/// <summary>The body of a request to create a consumer.</summary>
internal sealed class ConsumerCreateRequest
{
    /// <summary>Stream that it names; must be the one in the subject.</summary>
    public string StreamName { get; set; } = "";

    /// <summary>The configuration.</summary>
    public ConsumerConfig Config { get; } = new();

    /// <summary>What should become of it.</summary>
    public ConsumerAction Action { get; set; }

    /// <summary>Whether the server must refuse what it would otherwise adjust.</summary>
    public bool Pedantic { get; set; }
}

/// <summary>Reads consumer configurations from JSON.</summary>
internal static class ConsumerConfigReader
{
    private static readonly (string, DeliverPolicy)[] DeliverPolicies =
    [
        ("all", DeliverPolicy.All),
        ("undefined", DeliverPolicy.All),
        ("last", DeliverPolicy.Last),
        ("last_per_subject", DeliverPolicy.LastPerSubject),
        ("new", DeliverPolicy.New),
        ("by_start_sequence", DeliverPolicy.ByStartSequence),
        ("by_start_time", DeliverPolicy.ByStartTime),
    ];

    private static readonly (string, AckPolicy)[] AckPolicies =
    [
        ("none", AckPolicy.None),
        ("all", AckPolicy.All),
        ("explicit", AckPolicy.Explicit),
        ("flow_control", AckPolicy.FlowControl),
    ];

    private static readonly (string, ReplayPolicy)[] ReplayPolicies =
        [("instant", ReplayPolicy.Instant), ("original", ReplayPolicy.Original)];

    private static readonly (string, PriorityPolicy)[] PriorityPolicies =
    [
        ("none", PriorityPolicy.None),
        ("overflow", PriorityPolicy.Overflow),
        ("pinned_client", PriorityPolicy.PinnedClient),
        ("prioritized", PriorityPolicy.Prioritized),
    ];

    private static readonly (string, ConsumerAction)[] Actions =
    [
        ("", ConsumerAction.CreateOrUpdate),
        ("create", ConsumerAction.Create),
        ("update", ConsumerAction.Update),
    ];

    /// <summary>Reads the body of a create request.</summary>
    /// <returns>The error text, or <c>null</c>.</returns>
    public static string? Read(ReadOnlySpan<byte> body, bool strict, ConsumerCreateRequest into) =>
        RequestReader.Read(body, "CreateConsumerRequest", strict, into, ReadRequestMember);

    /// <summary>Reads a stored configuration. Members of later versions are passed over.</summary>
    /// <returns>The error text, or <c>null</c>.</returns>
    public static string? ReadStored(ReadOnlySpan<byte> json, ConsumerConfig into) =>
        RequestReader.Read(json, "ConsumerConfig", strict: false, into, ReadMember);

    private static bool ReadRequestMember(ref RequestReader json, ConsumerCreateRequest request)
    {
        if (json.Is("stream_name"))
            request.StreamName = json.String(request.StreamName);
        else if (json.Is("config"))
            json.Members(request.Config, ReadMember, "server.ConsumerConfig");
        else if (json.Is("action"))
            request.Action = ReadAction(ref json, request.Action);
        else if (json.Is("pedantic"))
            request.Pedantic = json.Bool(request.Pedantic);
        else
            return false;
        return true;
    }

    private static ConsumerAction ReadAction(ref RequestReader json, ConsumerAction current) =>
        json.Word(Actions, current, $"unknown consumer action: {Ahead(json)}");

    /// <summary>Reads one member of a configuration.</summary>
    public static bool ReadMember(ref RequestReader json, ConsumerConfig c) =>
        ReadText(ref json, c) || ReadPolicy(ref json, c) || ReadFlag(ref json, c)
        || ReadNumber(ref json, c) || ReadDuration(ref json, c) || ReadList(ref json, c);

    private static bool ReadText(ref RequestReader json, ConsumerConfig c)
    {
        if (json.Is("durable_name"))
            c.DurableName = NullIfEmpty(json.String(c.DurableName ?? ""));
        else if (json.Is("name"))
            c.Name = NullIfEmpty(json.String(c.Name ?? ""));
        else if (json.Is("description"))
            c.Description = NullIfEmpty(json.String(c.Description ?? ""));
        else if (json.Is("filter_subject"))
            c.FilterSubject = NullIfEmpty(json.String(c.FilterSubject ?? ""));
        else if (json.Is("sample_freq"))
            c.SampleFrequency = NullIfEmpty(json.String(c.SampleFrequency ?? ""));
        else if (json.Is("deliver_subject"))
            c.DeliverSubject = NullIfEmpty(json.String(c.DeliverSubject ?? ""));
        else if (json.Is("deliver_group"))
            c.DeliverGroup = NullIfEmpty(json.String(c.DeliverGroup ?? ""));
        else
            return false;
        return true;
    }

    private static bool ReadPolicy(ref RequestReader json, ConsumerConfig c)
    {
        if (json.Is("deliver_policy"))
            c.DeliverPolicy = json.Word(DeliverPolicies, c.DeliverPolicy);
        else if (json.Is("ack_policy"))
            c.AckPolicy = json.Word(AckPolicies, c.AckPolicy);
        else if (json.Is("replay_policy"))
            c.ReplayPolicy = json.Word(ReplayPolicies, c.ReplayPolicy);
        else if (json.Is("priority_policy"))
            c.PriorityPolicy = ReadPriorityPolicy(ref json, c.PriorityPolicy);
        else
            return false;
        return true;
    }

    private static PriorityPolicy ReadPriorityPolicy(ref RequestReader json, PriorityPolicy current) =>
        json.Word(PriorityPolicies, current, $"unknown priority policy: {Ahead(json)}");

    /// <summary>The text of the value that comes next.</summary>
    private static string Ahead(RequestReader json) => System.Text.Encoding.UTF8.GetString(json.RawValue());

    private static bool ReadFlag(ref RequestReader json, ConsumerConfig c)
    {
        if (json.Is("flow_control"))
            c.FlowControl = json.Bool(c.FlowControl);
        else if (json.Is("headers_only"))
            c.HeadersOnly = json.Bool(c.HeadersOnly);
        else if (json.Is("mem_storage"))
            c.MemoryStorage = json.Bool(c.MemoryStorage);
        else if (json.Is("direct"))
            c.Direct = json.Bool(c.Direct);
        else if (json.Is("sourcing"))
            c.Sourcing = json.Bool(c.Sourcing);
        else
            return false;
        return true;
    }

    private static bool ReadNumber(ref RequestReader json, ConsumerConfig c)
    {
        if (json.Is("opt_start_seq"))
            c.StartSequence = json.UInt64(c.StartSequence);
        else if (json.Is("max_deliver"))
            c.MaxDeliver = json.Int(c.MaxDeliver);
        else if (json.Is("rate_limit_bps"))
            c.RateLimitBitsPerSecond = json.UInt64(c.RateLimitBitsPerSecond);
        else if (json.Is("max_waiting"))
            c.MaxWaiting = json.Int(c.MaxWaiting);
        else if (json.Is("max_ack_pending"))
            c.MaxAckPending = json.Int(c.MaxAckPending);
        else if (json.Is("max_batch"))
            c.MaxRequestBatch = json.Int(c.MaxRequestBatch);
        else if (json.Is("max_bytes"))
            c.MaxRequestMaxBytes = json.Int(c.MaxRequestMaxBytes);
        else if (json.Is("num_replicas"))
            c.Replicas = json.Int(c.Replicas);
        else
            return false;
        return true;
    }

    private static bool ReadDuration(ref RequestReader json, ConsumerConfig c)
    {
        if (json.Is("ack_wait"))
            c.AckWaitNanos = json.Duration(c.AckWaitNanos);
        else if (json.Is("max_expires"))
            c.MaxRequestExpiresNanos = json.Duration(c.MaxRequestExpiresNanos);
        else if (json.Is("idle_heartbeat"))
            c.HeartbeatNanos = json.Duration(c.HeartbeatNanos);
        else if (json.Is("inactive_threshold"))
            c.InactiveThresholdNanos = json.Duration(c.InactiveThresholdNanos);
        else if (json.Is("priority_timeout"))
            c.PriorityTimeoutNanos = json.Duration(c.PriorityTimeoutNanos);
        else if (json.Is("opt_start_time"))
            c.StartTimeNanos = json.Time();
        else if (json.Is("pause_until"))
            c.PauseUntilNanos = json.Time();
        else
            return false;
        return true;
    }

    private static bool ReadList(ref RequestReader json, ConsumerConfig c)
    {
        if (json.Is("backoff"))
            c.BackOffNanos = json.Durations() is { Count: > 0 } waits ? waits : null;
        else if (json.Is("filter_subjects"))
            c.FilterSubjects = json.Strings() is { Count: > 0 } filters ? filters : null;
        else if (json.Is("priority_groups"))
            c.PriorityGroups = json.Strings() is { Count: > 0 } groups ? groups : null;
        else if (json.Is("metadata"))
            c.Metadata = json.StringMap(c.Metadata) is { Count: > 0 } metadata ? metadata : null;
        else
            return false;
        return true;
    }

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
}
