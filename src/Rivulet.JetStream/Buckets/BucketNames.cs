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

    /// <summary>
    /// What the stored subjects of a bucket's keys begin with. Those of a mirror are its origin's, unless it renames them.
    /// </summary>
    public static byte[] SubjectPrefix(StreamConfig config)
    {
        string own = PrefixOf(config.Name);
        bool isOrigins = config.Mirror is { } mirror
            && mirror.Name.StartsWith(StreamPrefix, StringComparison.Ordinal)
            && mirror.SubjectTransforms?.Any(rename => rename.Destination.StartsWith(own, StringComparison.Ordinal)) != true;
        return Encoding.UTF8.GetBytes(isOrigins ? PrefixOf(config.Mirror!.Name) : own);
    }

    private static string PrefixOf(string stream) => $"$KV.{stream[StreamPrefix.Length..]}.";
}
