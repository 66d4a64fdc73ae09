using System.Globalization;
using Rivulet.JetStream.Api;

namespace Rivulet.JetStream.Streams;

/// <summary>
/// The metadata pairs that the server keeps in a stream's configuration: the API level that the configuration needs is
/// stored with it, the server's own version and level are only shown.
/// </summary>
internal static class StreamMetadata
{
    private const string RequiredLevel = "_nats.req.level";
    private const string ServerVersion = "_nats.ver";
    private const string ServerLevel = "_nats.level";
    private const string RestoringLevel = "restoring";

    /// <summary>Lowest API level whose servers know everything that the configuration uses.</summary>
    public static int LevelOf(StreamConfig config)
    {
        if (config.AllowBatchPublish)
            return 4;
        bool level2 = config.AllowCounter || config.AllowAtomicPublish || config.AllowSchedules
            || config.PersistMode == PersistMode.Async;
        if (level2)
            return 2;
        return config.AllowMessageTtl || config.SubjectDeleteMarkerTtlNanos > 0 ? 1 : 0;
    }

    /// <summary>The configuration as it is stored: with the level it needs, without what only answers show.</summary>
    public static StreamConfig Stored(StreamConfig config)
    {
        SortedDictionary<string, string> metadata = Copy(config);
        metadata.Remove(ServerVersion);
        metadata.Remove(ServerLevel);
        metadata[RequiredLevel] = LevelOf(config).ToString(CultureInfo.InvariantCulture);
        return config with { Metadata = metadata };
    }

    /// <summary>The configuration as answers show it: with version and level of this server.</summary>
    public static StreamConfig Shown(StreamConfig config)
    {
        SortedDictionary<string, string> metadata = Copy(config);
        metadata[ServerVersion] = ApiLevel.ServerVersion;
        metadata[ServerLevel] = ApiLevel.Current.ToString(CultureInfo.InvariantCulture);
        return config with { Metadata = metadata };
    }

    /// <summary>
    /// The configuration of a stream that is being restored. Whoever finds it in a store knows that this came to no end; a
    /// server that does not know the mark takes it for a level above its own and leaves the stream alone.
    /// </summary>
    public static StreamConfig Restoring(StreamConfig config)
    {
        SortedDictionary<string, string> metadata = Copy(config);
        metadata[RequiredLevel] = RestoringLevel;
        return config with { Metadata = metadata };
    }

    /// <summary>Whether a stored stream was being restored.</summary>
    public static bool IsRestoring(StreamConfig config) =>
        config.Metadata?.GetValueOrDefault(RequiredLevel) == RestoringLevel;

    /// <summary>Why this server cannot run a stored stream; <c>null</c> if it can.</summary>
    public static string? WhyOffline(StreamConfig config)
    {
        string text = config.Metadata?.GetValueOrDefault(RequiredLevel) ?? "0";
        bool isLevel = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int level);
        return isLevel && level <= ApiLevel.Current
            ? null
            : $"unsupported - required API level: {text}, current API level: {ApiLevel.Current}";
    }

    private static SortedDictionary<string, string> Copy(StreamConfig config) => config.Metadata is { } metadata
        ? new SortedDictionary<string, string>(metadata, StringComparer.Ordinal)
        : new SortedDictionary<string, string>(StringComparer.Ordinal);
}
