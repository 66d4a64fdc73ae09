using Rivulet.Client.JetStream;

namespace Rivulet.Client.KeyValue;

/// <summary>A bucket's configuration and what it holds, as its stream tells.</summary>
public sealed class KeyValueStatus
{
    internal KeyValueStatus(string bucket, StreamInfo streamInfo) => (Bucket, StreamInfo) = (bucket, streamInfo);

    /// <summary>Name of the bucket.</summary>
    public string Bucket { get; }

    /// <summary>The stream behind it.</summary>
    public StreamInfo StreamInfo { get; }

    /// <summary>Name of the stream.</summary>
    public string StreamName => StreamInfo.Config.Name;

    /// <summary>Description for people.</summary>
    public string? Description => StreamInfo.Config.Description;

    /// <summary>Revisions held, markers of deletes included.</summary>
    public ulong Values => StreamInfo.State.Messages;

    /// <summary>Bytes held.</summary>
    public ulong Bytes => StreamInfo.State.Bytes;

    /// <summary>Revisions kept of each key.</summary>
    public long History => StreamInfo.Config.MaxMessagesPerSubject;

    /// <summary>Time that revisions are kept; zero for ever.</summary>
    public TimeSpan TimeToLive => StreamInfo.Config.MaxAge;

    /// <summary>True: keys may have a time to live of their own.</summary>
    public bool AllowsKeyTtl => StreamInfo.Config.AllowMessageTtl;

    /// <summary>Time that the marker of an expired key stays; zero: none is written.</summary>
    public TimeSpan LimitMarkerTtl => StreamInfo.Config.SubjectDeleteMarkerTtl;

    /// <summary>Bytes of the bucket; -1 for no limit.</summary>
    public long MaxBytes => StreamInfo.Config.MaxBytes;

    /// <summary>Bytes of one value; -1 for no limit.</summary>
    public int MaxValueSize => StreamInfo.Config.MaxMessageSize;

    /// <summary>True: compressed on disk.</summary>
    public bool IsCompressed => StreamInfo.Config.Compression != StreamCompression.None;

    /// <summary>Where it is kept.</summary>
    public StorageType Storage => StreamInfo.Config.Storage;

    /// <summary>Copies in a cluster.</summary>
    public int Replicas => StreamInfo.Config.Replicas;

    /// <summary>What keeps it: always <c>JetStream</c>.</summary>
    public string BackingStore { get; } = "JetStream";

    /// <summary>Key and value pairs for people and tools.</summary>
    public IReadOnlyDictionary<string, string>? Metadata => StreamInfo.Config.Metadata;

    /// <summary>When the bucket was created.</summary>
    public DateTimeOffset Created => StreamInfo.Created;
}
