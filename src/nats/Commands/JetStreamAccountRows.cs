using Rivulet.Cli.Formats;
using Rivulet.Client.JetStream;

namespace Rivulet.Cli.Commands;

/// <summary>The part of <c>nats account info</c> that tells what JetStream holds and grants.</summary>
internal static class JetStreamAccountRows
{
    private const int TierIndent = 2;
    private const int LimitsIndent = 6;

    public static void Add(InfoBlock block, AccountInfo info, long maxPayloadBytes)
    {
        block.Section(string.IsNullOrEmpty(info.Domain)
            ? "JetStream Account Information"
            : $"JetStream Account Information for domain {info.Domain}");

        block.Section("Account Usage");
        block.RowUnlessEmpty("Domain", info.Domain);
        block.Row("Storage", ByteSizes.Format(info.Storage));
        block.Row("Memory", ByteSizes.Format(info.Memory));
        block.Row("Streams", info.Streams);
        block.Row("Consumers", info.Consumers);

        block.Section("Account Limits");
        block.Row("Max Message Payload", ByteSizes.Format((ulong)maxPayloadBytes));
        if (info.Tiers is { Count: > 0 } tiers)
        {
            foreach (var (name, tier) in new SortedDictionary<string, AccountTier>(tiers.ToDictionary(), StringComparer.Ordinal))
            {
                AddTier(block, name, tier);
            }
        }
        else
        {
            AddTier(block, "Default", WholeAccount(info));
        }
    }

    private static AccountTier WholeAccount(AccountInfo info) => new()
    {
        Memory = info.Memory,
        Storage = info.Storage,
        ReservedMemory = info.ReservedMemory,
        ReservedStorage = info.ReservedStorage,
        Streams = info.Streams,
        Consumers = info.Consumers,
        Limits = info.Limits,
    };

    private static void AddTier(InfoBlock block, string name, AccountTier tier)
    {
        var limits = tier.Limits;
        block.Indent(TierIndent);
        block.Section($"Tier: {name}");
        block.Indent(LimitsIndent);
        block.Section("Configuration Requirements");
        block.Row("Stream Requires Max Bytes Set", limits.MaxBytesRequired);
        block.Row("Consumer Maximum Ack Pending", limits.MaxAckPending <= 0 ? "Unlimited" : Numbers.WithCommas(limits.MaxAckPending));

        block.Section("Stream Resource Usage Limits");
        block.Row("Memory", Usage(tier.Memory, limits.MaxMemory, tier.ReservedMemory));
        block.Row("Memory Per Stream", PerStream(limits.MemoryMaxStreamBytes));
        block.Row("Storage", Usage(tier.Storage, limits.MaxStorage, tier.ReservedStorage));
        block.Row("Storage Per Stream", PerStream(limits.StorageMaxStreamBytes));
        block.Row("Streams", $"{Numbers.WithCommas(tier.Streams)} of {Count(limits.MaxStreams)}");
        block.Row("Consumers", limits.MaxConsumers == -1 ? "Unlimited" : $"Maximum {Numbers.WithCommas(limits.MaxConsumers)} per stream");
        block.Indent(0);
    }

    /// <summary>The blank before the place of the reserved amount stays when nothing is reserved.</summary>
    private static string Usage(ulong used, long limit, ulong reserved)
    {
        var of = limit == -1 ? "Unlimited" : ByteSizes.Format((ulong)limit);
        return $"{ByteSizes.Format(used)} of {of} {(reserved > 0 ? $"({ByteSizes.Format(reserved)} reserved)" : "")}";
    }

    private static string PerStream(long limit) => limit <= 0 ? "Unlimited" : ByteSizes.Format((ulong)limit);

    private static string Count(long limit) => limit == -1 ? "Unlimited" : Numbers.WithCommas(limit);
}
