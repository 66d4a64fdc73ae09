using Rivulet.JetStream.Hosting;
using Rivulet.Server.Configuration.Language;

namespace Rivulet.Server.Configuration.Keys;

/// <summary>The key <c>jetstream</c> of an account in all its forms.</summary>
internal static class AccountJetStreamKeys
{
    private static readonly KeyTable<AccountLimits> Table = Create();

    /// <summary>Names of the keys of the map.</summary>
    public static IEnumerable<string> Names => Table.Names;

    /// <summary>What an account may use of JetStream; null for nothing.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="before">What was said before.</param>
    /// <param name="problems">Where to say what is wrong.</param>
    public static AccountLimits? Read(ConfigEntry entry, AccountLimits? before, ConfigProblems problems)
    {
        switch (entry.Value)
        {
            case ConfigBoolean boolean:
                return boolean.Value ? AccountLimits.Unlimited : before;
            case ConfigText { Value: var text } when IsOneOf(text, "enabled", "enable"):
                return AccountLimits.Unlimited;
            case ConfigText { Value: var text } when IsOneOf(text, "disabled", "disable"):
                return null;
            case ConfigText { Value: var text }:
                problems.Error(entry.Position, $"Expected 'enabled' or 'disabled' for string value, got '{text}'");
                return before;
            case ConfigMap map:
                return Table.Apply(map, AccountLimits.Unlimited, problems);
            default:
                problems.Error(entry.Position, $"Expected map, bool or string to define JetStream, got {entry.Value.KindName}");
                return before;
        }
    }

    private static KeyTable<AccountLimits> Create()
    {
        return new KeyTable<AccountLimits>()
            .Custom(Size((l, v) => l with { MaxMemoryBytes = v }), "max_memory", "max_mem", "mem", "memory")
            .Custom(Size((l, v) => l with { MaxStoreBytes = v }), "max_store", "max_file", "max_disk", "store", "disk")
            .Custom(Size((l, v) => l with { MaxStreams = Whole(v) }), "max_streams", "streams")
            .Custom(Size((l, v) => l with { MaxConsumers = Whole(v) }), "max_consumers", "consumers")
            .Custom(Flag((l, v) => l with { MaxBytesRequired = v }), "max_bytes_required", "max_stream_bytes", "max_bytes")
            .Custom(Size((l, v) => l with { MemoryMaxStreamBytes = v }), "mem_max_stream_bytes", "memory_max_stream_bytes")
            .Custom(Size((l, v) => l with { StoreMaxStreamBytes = v }), "disk_max_stream_bytes", "store_max_stream_bytes")
            .Custom(Size((l, v) => l with { MaxAckPending = Whole(v) }), "max_ack_pending")
            .Custom(ClusterTraffic, "cluster_traffic");
    }

    private static KeyTable<AccountLimits>.Key Size(Func<AccountLimits, long, AccountLimits> apply)
    {
        return (limits, entry, problems) =>
        {
            if (entry.Value is ConfigInteger integer)
                return apply(limits, integer.Value);
            problems.Error(entry.Position, $"Expected a parseable size for \"{entry.Key}\", got {ValueText.Of(entry.Value)}");
            return limits;
        };
    }

    private static KeyTable<AccountLimits>.Key Flag(Func<AccountLimits, bool, AccountLimits> apply)
    {
        return (limits, entry, problems) =>
        {
            if (entry.Value is ConfigBoolean boolean)
                return apply(limits, boolean.Value);
            problems.Error(entry.Position, $"Expected a parseable bool for \"{entry.Key}\", got {ValueText.Of(entry.Value)}");
            return limits;
        };
    }

    // Which account's connections servers replicate over: there is only one server.
    private static AccountLimits ClusterTraffic(AccountLimits limits, ConfigEntry entry, ConfigProblems problems)
    {
        if (entry.Value is not ConfigText text)
        {
            problems.Error(
                entry.Position,
                $"Expected either 'system' or 'owner' string value for \"{entry.Key}\", got {ValueText.Of(entry.Value)}");
        }
        else if (text.Value is not ("system" or "owner" or ""))
        {
            problems.Error(entry.Position, $"Expected 'system' or 'owner' string value for \"{entry.Key}\", got {text.Value}");
        }
        else
        {
            problems.WithoutEffect(entry);
        }

        return limits;
    }

    private static int Whole(long number)
    {
        return (int)Math.Clamp(number, int.MinValue, int.MaxValue);
    }

    private static bool IsOneOf(string text, string one, string other)
    {
        return text.Equals(one, StringComparison.OrdinalIgnoreCase) || text.Equals(other, StringComparison.OrdinalIgnoreCase);
    }
}
