using System.Text;
using Rivulet.JetStream.Streams;

namespace Rivulet.JetStream.Buckets;

/// <summary>What a bucket is called: by its stream, and by the subjects of its keys.</summary>
internal static class BucketNames
{
    /// <summary>What the name of a bucket's stream begins with.</summary>
    public const string StreamPrefix = "KV_";

    /// <summary>Whether a stream is a bucket.</summary>
    public static bool IsBucket(StreamConfig config) =>
        config.Name.Length > StreamPrefix.Length && config.Name.StartsWith(StreamPrefix, StringComparison.Ordinal);

    /// <summary>What the stored subjects of a bucket's keys begin with. Those of a mirror are its origin's.</summary>
    public static byte[] SubjectPrefix(StreamConfig config)
    {
        string stream = config.Mirror?.Name is { } origin && origin.StartsWith(StreamPrefix, StringComparison.Ordinal)
            ? origin
            : config.Name;
        return Encoding.UTF8.GetBytes($"$KV.{stream[StreamPrefix.Length..]}.");
    }
}
