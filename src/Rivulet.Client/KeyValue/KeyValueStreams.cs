using Rivulet.Client.JetStream;

namespace Rivulet.Client.KeyValue;

/// <summary>A bucket's configuration as the configuration of its stream.</summary>
internal static class KeyValueStreams
{
    private static readonly TimeSpan DuplicateWindowMax = TimeSpan.FromMinutes(2);

    /// <exception cref="KeyValueException">The configuration breaks a rule of buckets.</exception>
    public static StreamConfig ToStreamConfig(KeyValueConfig config)
    {
        Check(config);
        TimeSpan age = config.TimeToLive;
        StreamConfig stream = new()
        {
            Name = KeyValueNames.StreamOf(config.Bucket),
            Description = config.Description,
            MaxMessagesPerSubject = config.History,
            MaxAge = age,
            DuplicateWindow = age > TimeSpan.Zero && age < DuplicateWindowMax ? age : DuplicateWindowMax,
            MaxBytes = config.MaxBytes == 0 ? -1 : config.MaxBytes,
            MaxMessageSize = config.MaxValueSize == 0 ? -1 : config.MaxValueSize,
            Storage = config.Storage,
            Replicas = config.Replicas,
            Placement = config.Placement,
            Republish = config.Republish,
            Compression = config.Compression ? StreamCompression.S2 : StreamCompression.None,
            Discard = DiscardPolicy.New,
            AllowRollup = true,
            DenyDelete = true,
            AllowDirect = true,
            AllowMessageTtl = config.LimitMarkerTtl > TimeSpan.Zero,
            SubjectDeleteMarkerTtl = config.LimitMarkerTtl,
            Metadata = config.Metadata,
        };
        return config.Mirror is { } mirror
            ? stream with { Mirror = WithStreamName(mirror), MirrorDirect = true, DuplicateWindow = TimeSpan.Zero }
            : stream with
            {
                Subjects = [KeyValueNames.SubjectPrefixOf(config.Bucket) + ">"],
                Sources = config.Sources?.Select(source => ToSource(source, config.Bucket)).ToArray(),
            };
    }

    private static void Check(KeyValueConfig config)
    {
        if (!KeyValueNames.IsBucket(config.Bucket))
            throw new KeyValueInvalidBucketNameException(config.Bucket);
        if (config.History > KeyValueConfig.HistoryMax)
            throw new KeyValueException($"history limited to a max of {KeyValueConfig.HistoryMax}");
        if (config.History < 1)
            throw new KeyValueException("history must be at least 1");
        if (config.LimitMarkerTtl < TimeSpan.Zero
            || (config.LimitMarkerTtl > TimeSpan.Zero && config.LimitMarkerTtl < TimeSpan.FromSeconds(1)))
            throw new KeyValueException("the limit marker TTL must be at least 1 second");
        if (config.Mirror is not null && config.Sources is { Count: > 0 })
            throw new KeyValueException("a bucket has a mirror or sources, not both");
    }

    /// <summary>
    /// A bucket as a source: its keys become keys of this bucket. A source that says how its subjects change is taken as it
    /// is, whatever stream it names.
    /// </summary>
    private static StreamSource ToSource(StreamSource source, string bucket)
    {
        if (source.SubjectTransforms is { Count: > 0 })
            return source;
        StreamSource named = WithStreamName(source);
        string origin = named.Name[KeyValueNames.StreamPrefix.Length..];
        if (origin == bucket && named.External is not null)
            return named;
        SubjectTransform rename = new()
        {
            Source = KeyValueNames.SubjectPrefixOf(origin) + ">",
            Destination = KeyValueNames.SubjectPrefixOf(bucket) + ">",
        };
        return named with { SubjectTransforms = [rename] };
    }

    private static StreamSource WithStreamName(StreamSource source) =>
        source.Name.StartsWith(KeyValueNames.StreamPrefix, StringComparison.Ordinal)
            ? source
            : source with { Name = KeyValueNames.StreamOf(source.Name) };
}
