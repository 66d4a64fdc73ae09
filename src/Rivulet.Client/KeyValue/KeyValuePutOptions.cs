namespace Rivulet.Client.KeyValue;

/// <summary>What a put asks for beside its value.</summary>
public sealed record KeyValuePutOptions
{
    /// <summary>
    /// Time until the key expires, in whole seconds; null for none. When it expires, its older revisions go with it. The bucket
    /// must allow it (<see cref="KeyValueConfig.LimitMarkerTtl"/>).
    /// </summary>
    public TimeSpan? TimeToLive { get; init; }

    /// <summary>The key's last revision must be this; 0: the key must have none. Null for whatever it is.</summary>
    public ulong? ExpectedRevision { get; init; }
}
