using System.Globalization;
using System.Text;

namespace Rivulet.JetStream.Tests.Model;

/// <summary>
/// Draws streams and consumers, and says them in JSON. All times are whole seconds: operations are ten milliseconds apart,
/// so that nothing falls due at the moment at which an operation looks.
/// </summary>
internal static class RunRules
{
    public const long Second = 1_000_000_000;

    public static readonly string[] Subjects = ["s.a", "s.b", "s.c.x", "s.c.y", "s.d"];
    public static readonly string[] Filters = [">", "s.a", "s.*", "s.c.>", "s.b"];

    // Filters of a work queue, where no two may overlap.
    private static readonly string[] Shares = ["s.a", "s.c.>", "s.b", "s.d"];

    public static StreamRules DrawStream(Random random)
    {
        bool discardNew = random.Next(3) == 0;
        var rules = new StreamRules
        {
            InMemory = random.Next(4) == 0,
            Retention = random.Next(5) switch { 0 => "interest", 1 => "workqueue", _ => "limits" },
            DiscardNew = discardNew,
            MaxMessageBytes = random.Next(6) == 0 ? 60 : 0,
            Window = random.Next(1, 5) * Second,
            AllowsTtl = random.Next(3) == 0,
        };

        // Of a batch, limits count what nobody wants as well, until it is taken out.
        bool mayHaveBatches = rules is { DiscardNew: false, MaxMessageBytes: 0 } && rules.Retention != "interest";
        rules = rules with { AllowsBatches = mayHaveBatches && random.Next(3) == 0 };
        if (rules is { Retention: "limits", DiscardNew: false } && random.Next(5) == 0)
            rules = rules with { IsCounter = true, AllowsTtl = false, AllowsBatches = false, MaxMessageBytes = 0 };
        rules = DrawLimits(rules, random);
        if (rules.MaxAge > 0 && rules.Window > rules.MaxAge)
            rules = rules with { Window = rules.MaxAge };
        return rules with { DiscardNewPerSubject = discardNew && rules.MaxPerSubject > 0 && random.Next(2) == 0 };
    }

    public static StreamRules DrawLimits(StreamRules rules, Random random) => rules with
    {
        MaxMessages = random.Next(3) == 0 ? random.Next(1, 10) : 0,
        MaxBytes = random.Next(4) == 0 ? random.Next(100, 500) : 0,
        MaxPerSubject = random.Next(3) == 0 ? random.Next(1, 4) : 0,
        MaxAge = random.Next(4) == 0 ? random.Next(1, 12) * Second : 0,
    };

    /// <summary>Draws a consumer that the stream takes; null if there is none.</summary>
    public static ConsumerRules? DrawConsumer(Random random, ModelServer server, string name)
    {
        bool isShared = server.Stream.Rules.Retention == "workqueue";
        string[] filters = isShared ? [.. Shares.Where(share => !server.Consumers.Exists(each => each.Rules.Filter == share))] : Filters;
        if (filters.Length == 0)
            return null;
        long[] backoff = random.Next(4) == 0 ? [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => random.Next(1, 5) * Second)] : [];
        int maxDeliver = random.Next(3) == 0 ? random.Next(Math.Max(1, backoff.Length), 5) : 0;
        long ago = (random.Next(0, 40) * 100_000_000L) + 5_000_000;

        bool isPush = random.Next(3) == 0;

        // What is to become of messages that nobody wants yet, and that are not kept without interest, nobody says.
        bool ahead = server.Stream.Rules.Retention != "interest";
        return new ConsumerRules
        {
            Name = name,
            Ack = isShared ? "explicit" : random.Next(6) switch { 0 => "none", 1 => "all", _ => "explicit" },
            Filter = filters[random.Next(filters.Length)],
            Deliver = isShared ? "all" : random.Next(8) switch
            {
                0 => "last",
                1 => "new",
                2 => "by_start_sequence",
                3 => "by_start_time",
                4 => "last_per_subject",
                _ => "all",
            },
            StartSequence = (ulong)random.NextInt64(1, (long)server.Stream.Last + (ahead ? 3 : 2)),
            StartTime = server.Now - ago,
            AckWait = backoff.Length > 0 ? backoff[0] : random.Next(1, 6) * Second,
            Backoff = backoff,
            MaxDeliver = maxDeliver,
            MaxAckPending = random.Next(3) == 0 ? random.Next(1, 4) : 1000,
            DeliverTo = isPush ? "d." + name : null,
            Heartbeat = isPush && random.Next(2) == 0 ? random.Next(1, 4) * Second : 0,
            Priority = isPush ? "none" : random.Next(6) switch { 0 => "overflow", 1 => "prioritized", _ => "none" },
        };
    }

    /// <summary>Draws what an update may change.</summary>
    public static ConsumerRules DrawUpdate(ConsumerRules rules, Random random) => rules with
    {
        AckWait = rules.Backoff.Length > 0 ? rules.AckWait : random.Next(1, 6) * Second,
        MaxDeliver = random.Next(2) == 0 ? random.Next(Math.Max(1, rules.Backoff.Length), 5) : 0,
        MaxAckPending = random.Next(2) == 0 ? random.Next(1, 4) : 1000,
    };

    public static string ToJson(StreamRules rules) => Invariant($$"""
        {"name":"S","subjects":["s.>"],"storage":"{{(rules.InMemory ? "memory" : "file")}}","retention":"{{rules.Retention}}",
        "discard":"{{(rules.DiscardNew ? "new" : "old")}}","discard_new_per_subject":{{(rules.DiscardNewPerSubject ? "true" : "false")}},
        "max_msgs":{{rules.MaxMessages}},"max_bytes":{{rules.MaxBytes}},"max_msgs_per_subject":{{rules.MaxPerSubject}},
        "max_msg_size":{{rules.MaxMessageBytes}},"max_age":{{rules.MaxAge}},"duplicate_window":{{rules.Window}},
        "allow_rollup_hdrs":true,"allow_msg_ttl":{{(rules.AllowsTtl ? "true" : "false")}},
        "allow_msg_counter":{{(rules.IsCounter ? "true" : "false")}},"allow_atomic":{{(rules.AllowsBatches ? "true" : "false")}}}
        """);

    public static string ToJson(ConsumerRules rules)
    {
        var more = new StringBuilder();
        if (rules.Filter != ">" || rules.Deliver == "last_per_subject")
            more.Append(Invariant($",\"filter_subject\":\"{rules.Filter}\""));
        if (rules.Deliver == "by_start_sequence")
            more.Append(Invariant($",\"opt_start_seq\":{rules.StartSequence}"));
        if (rules.Deliver == "by_start_time")
            more.Append(Invariant($",\"opt_start_time\":\"{new DateTime(DateTime.UnixEpoch.Ticks + (rules.StartTime / 100), DateTimeKind.Utc):O}\""));
        if (rules.Ack != "none")
            more.Append(Invariant($",\"ack_wait\":{rules.AckWait},\"max_ack_pending\":{rules.MaxAckPending}"));
        if (rules.Backoff.Length > 0)
            more.Append(Invariant($",\"backoff\":[{string.Join(',', rules.Backoff)}]"));
        if (rules.MaxDeliver > 0)
            more.Append(Invariant($",\"max_deliver\":{rules.MaxDeliver}"));
        if (rules.DeliverTo is not null)
            more.Append(Invariant($",\"deliver_subject\":\"{rules.DeliverTo}\""));
        if (rules.Heartbeat > 0)
            more.Append(Invariant($",\"idle_heartbeat\":{rules.Heartbeat}"));
        if (rules.Priority != "none")
            more.Append(Invariant($",\"priority_policy\":\"{rules.Priority}\",\"priority_groups\":[\"g\"]"));
        return Invariant($$$"""
            {"stream_name":"S","config":{"durable_name":"{{{rules.Name}}}","name":"{{{rules.Name}}}","ack_policy":"{{{rules.Ack}}}",
            "deliver_policy":"{{{rules.Deliver}}}"{{{more}}}
            }}
            """);
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
