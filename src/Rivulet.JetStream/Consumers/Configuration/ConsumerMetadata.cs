using System.Globalization;
using Rivulet.JetStream.Api;

namespace Rivulet.JetStream.Consumers.Configuration;

/// <summary>
/// The metadata pairs that the server keeps in a consumer's configuration: the API level that the configuration needs is
/// stored with it, the server's own version and level are only shown.
/// </summary>
internal static class ConsumerMetadata
{
    private const string RequiredLevel = "_nats.req.level";
    private const string ServerVersion = "_nats.ver";
    private const string ServerLevel = "_nats.level";

    /// <summary>Lowest API level whose servers know everything that the configuration uses.</summary>
    public static int LevelOf(ConsumerConfig config)
    {
        if (config.AckPolicy == AckPolicy.FlowControl)
            return 4;
        bool hasPriority = config.PriorityPolicy != PriorityPolicy.None || config.PriorityTimeoutNanos != 0
            || config.PriorityGroups is not null;
        return hasPriority || config.PauseUntilNanos is not null ? 1 : 0;
    }

    /// <summary>The configuration as it is stored: with the level it needs, without what only answers show.</summary>
    public static ConsumerConfig Stored(ConsumerConfig config)
    {
        SortedDictionary<string, string> metadata = Copy(config);
        metadata.Remove(ServerVersion);
        metadata.Remove(ServerLevel);
        metadata[RequiredLevel] = LevelOf(config).ToString(CultureInfo.InvariantCulture);
        return config with { Metadata = metadata };
    }

    /// <summary>The configuration as answers show it: with version and level of this server.</summary>
    public static ConsumerConfig Shown(ConsumerConfig config)
    {
        SortedDictionary<string, string> metadata = Copy(config);
        metadata[ServerVersion] = ApiLevel.ServerVersion;
        metadata[ServerLevel] = ApiLevel.Current.ToString(CultureInfo.InvariantCulture);
        return config with { Metadata = metadata };
    }

    private static SortedDictionary<string, string> Copy(ConsumerConfig config) => config.Metadata is { } metadata
        ? new SortedDictionary<string, string>(metadata, StringComparer.Ordinal)
        : new SortedDictionary<string, string>(StringComparer.Ordinal);
}
