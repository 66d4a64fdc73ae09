using System.Globalization;
using Rivulet.JetStream;
using Rivulet.Server.Configuration.Language;
using Rivulet.Storage;

namespace Rivulet.Server.Configuration.Keys;

/// <summary>The key <c>jetstream</c> in all its forms, the keys of its map, and <c>store_dir</c>, which may stand beside it.</summary>
internal static class JetStreamKeys
{
    private static readonly KeyTable<ServerConfiguration> Inner = CreateInner();
    private static readonly KeyTable<ServerConfiguration> Limits = CreateLimits();
    private static readonly KeyTable<ServerConfiguration> Batches = CreateBatches();

    /// <summary>Names of the keys of the map.</summary>
    public static IEnumerable<string> InnerNames => Inner.Names;

    /// <summary>Names of the keys of its <c>limits</c>.</summary>
    public static IEnumerable<string> LimitNames => Limits.Names;

    /// <summary>Names of the keys of <c>batch</c> in those.</summary>
    public static IEnumerable<string> BatchNames => Batches.Names;

    /// <summary>Adds them.</summary>
    public static void AddTo(KeyTable<ServerConfiguration> table)
    {
        table.Custom(JetStream, "jetstream").Custom(StoreDirectory, "store_dir", "storedir");
    }

    private static KeyTable<ServerConfiguration> CreateInner()
    {
        return new KeyTable<ServerConfiguration>()
            .Boolean((c, v) => c with { JetStreamEnabled = v }, "enabled", "enable")
            .Boolean((c, v) => c with { JetStream = c.JetStream with { Strict = v } }, "strict")
            .Custom(StoreDirectory, "store_dir", "storedir", "store")
            .Custom(SyncInterval, "sync_interval", "sync")
            .Custom(Size("max_mem_store", (j, v) => j with { MaxMemoryStore = v }), "max_memory_store", "max_mem_store", "max_mem")
            .Custom(Size("max_file_store", (j, v) => j with { MaxFileStore = v }), "max_file_store", "max_file")
            .Text((c, v) => c with { JetStream = c.JetStream with { Domain = v.Length > 0 ? v : null } }, "domain")
            .Custom(ReadLimits, "limits")
            .Unsupported(
                "encryption of the store", "key", "ek", "encryption_key", "prev_key", "prev_ek", "prev_encryption_key", "cipher", "tpm")
            .WithoutEffect(
                "extension_hint", "unique_tag", "max_outstanding_catchup", "max_buffered_size", "max_buffered_msgs", "request_queue_limit",
                "info_queue_limit", "meta_compact", "meta_compact_size", "meta_compact_sync", "max_concurrent_io");
    }

    private static KeyTable<ServerConfiguration> CreateLimits()
    {
        return new KeyTable<ServerConfiguration>()
            .Integer((c, v) => c with { JetStream = c.JetStream with { MaxAckPending = v > 0 ? v : null } }, "max_ack_pending")
            .Duration((c, v, _, _) => c with { JetStream = c.JetStream with { DuplicateWindowMax = v } }, "duplicate_window")
            .Integer((c, v) => c with { JetStream = c.JetStream with { MaxRequestBatch = v > 0 ? v : null } }, "max_request_batch")
            .Custom(ReadBatches, "batch")
            .WithoutEffect("max_ha_assets");
    }

    // What is not above zero leaves the default.
    private static KeyTable<ServerConfiguration> CreateBatches()
    {
        return new KeyTable<ServerConfiguration>()
            .Integer((c, v) => v > 0 ? With(c, b => b with { InflightPerStream = v }) : c, "max_inflight_per_stream")
            .Integer((c, v) => v > 0 ? With(c, b => b with { InflightTotal = v }) : c, "max_inflight_total")
            .Integer((c, v) => v > 0 ? With(c, b => b with { AtomicMessages = v }) : c, "max_msgs")
            .Duration((c, v, _, _) => v > TimeSpan.Zero ? With(c, b => b with { Timeout = v }) : c, "timeout");
    }

    private static ServerConfiguration With(ServerConfiguration settings, Func<PublishBatchLimits, PublishBatchLimits> change) =>
        settings with { JetStream = settings.JetStream with { Batches = change(settings.JetStream.Batches) } };

    private static ServerConfiguration JetStream(ServerConfiguration settings, ConfigEntry entry, ConfigProblems problems)
    {
        switch (entry.Value)
        {
            case ConfigBoolean boolean:
                return settings with { JetStreamEnabled = boolean.Value };
            case ConfigText { Value: var text } when text.Equals("enabled", StringComparison.OrdinalIgnoreCase) || text.Equals("enable", StringComparison.OrdinalIgnoreCase):
                return settings with { JetStreamEnabled = true };
            case ConfigText { Value: var text } when text.Equals("disabled", StringComparison.OrdinalIgnoreCase) || text.Equals("disable", StringComparison.OrdinalIgnoreCase):
                return settings with { JetStreamEnabled = false };
            case ConfigText { Value: var text }:
                problems.Error(entry.Position, $"Expected 'enabled' or 'disabled' for string value, got '{text}'");
                return settings;
            case ConfigMap map:
                return Inner.Apply(map, settings with { JetStreamEnabled = true }, problems);
            default:
                problems.Error(entry.Position, $"Expected map, bool or string to define JetStream, got {entry.Value.KindName}");
                return settings;
        }
    }

    private static ServerConfiguration ReadLimits(ServerConfiguration settings, ConfigEntry entry, ConfigProblems problems)
    {
        if (entry.Value is ConfigMap map)
            return Limits.Apply(map, settings, problems);
        problems.Error(entry.Position, $"Expected a map to define JetStreamLimits, got {entry.Value.KindName}");
        return settings;
    }

    private static ServerConfiguration ReadBatches(ServerConfiguration settings, ConfigEntry entry, ConfigProblems problems)
    {
        if (entry.Value is ConfigMap map)
            return Batches.Apply(map, settings, problems);
        problems.Error(entry.Position, $"Expected a map to define batch limits, got {entry.Value.KindName}");
        return settings;
    }

    private static ServerConfiguration StoreDirectory(ServerConfiguration settings, ConfigEntry entry, ConfigProblems problems)
    {
        if (entry.Value is not ConfigText { Value: var directory })
            problems.WrongKind(entry.Position, entry.Value, "string");
        else if (settings.JetStream.StoreDirectory is not null)
            problems.Error(entry.Position, "Duplicate 'store_dir' configuration");
        else
            return settings with { JetStream = settings.JetStream with { StoreDirectory = directory.Length > 0 ? directory : null } };
        return settings;
    }

    private static ServerConfiguration SyncInterval(ServerConfiguration settings, ConfigEntry entry, ConfigProblems problems)
    {
        if (entry.Value is ConfigText text && text.Value.Equals("always", StringComparison.OrdinalIgnoreCase))
            return settings with { JetStream = settings.JetStream with { SyncPolicy = SyncPolicy.Always } };
        if (!DurationValue.TryRead(entry, problems, out var interval))
            return settings;
        if (interval > TimeSpan.Zero)
            return settings with { JetStream = settings.JetStream with { SyncPolicy = SyncPolicy.Interval(interval) } };
        problems.Error(entry.Position, "sync_interval must be above zero, or 'always'");
        return settings;
    }

    private static KeyTable<ServerConfiguration>.Key Size(string name, Func<JetStreamServerOptions, long?, JetStreamServerOptions> apply)
    {
        return (settings, entry, problems) =>
        {
            string? complaint = TryReadSize(entry.Value, out long bytes);
            if (complaint is not null)
            {
                problems.Error(entry.Position, $"{name} {complaint}");
                return settings;
            }

            return settings with { JetStream = apply(settings.JetStream, bytes < 0 ? null : bytes) };
        };
    }

    private static string? TryReadSize(ConfigValue value, out long bytes)
    {
        bytes = 0;
        if (value is ConfigInteger integer)
        {
            bytes = integer.Value;
            return null;
        }

        if (value is not ConfigText { Value: var text })
            return "must be int64 or string";
        if (text.Length == 0)
            return null;
        int power = "KMGT".IndexOf(text[^1], StringComparison.Ordinal) + 1;
        if (power == 0)
            return "sizes defined as strings must end in K, M, G, T";
        string digits = text[..^1];
        if (!long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number))
            return $"strconv.ParseInt: parsing \"{digits}\": invalid syntax";
        if (Math.Abs((decimal)number) > long.MaxValue >> (10 * power))
            return $"strconv.ParseInt: parsing \"{digits}\": value out of range";
        bytes = number << (10 * power);
        return null;
    }
}
