using System.Text;
using Rivulet.Client.JetStream;

namespace Rivulet.Client.KeyValue;

/// <summary>
/// The subject prefixes of a bucket: where keys are written, and under which subjects its stream holds them. They differ
/// for a mirror, which holds its origin's subjects and takes no writes, and behind another API prefix or domain.
/// </summary>
internal sealed class KeyValueSubjects
{
    private const string UsualApiPrefix = "$JS.API";

    private KeyValueSubjects(string writePrefix, string readPrefix, string stream, string apiPrefix)
    {
        WritePrefix = Encoding.UTF8.GetBytes(writePrefix);
        ReadPrefixText = readPrefix;
        ReadPrefix = Encoding.UTF8.GetBytes(readPrefix);
        DirectGetPrefix = Encoding.UTF8.GetBytes($"{apiPrefix}.DIRECT.GET.{stream}.{readPrefix}");
    }

    /// <summary>What stands before a key in the subject of a write.</summary>
    public byte[] WritePrefix { get; }

    /// <summary>What stands before a key in a stored subject.</summary>
    public byte[] ReadPrefix { get; }

    /// <inheritdoc cref="ReadPrefix"/>
    public string ReadPrefixText { get; }

    /// <summary>What stands before a key in the subject of a direct get of its latest revision.</summary>
    public byte[] DirectGetPrefix { get; }

    public static KeyValueSubjects For(string bucket, StreamConfig config, string apiPrefix)
    {
        string own = KeyValueNames.SubjectPrefixOf(bucket);
        string stream = KeyValueNames.StreamOf(bucket);
        if (config.Mirror is not { } mirror)
            return new KeyValueSubjects(apiPrefix == UsualApiPrefix ? own : $"{apiPrefix}.{own}", own, stream, apiPrefix);
        string origin = KeyValueNames.BucketOf(mirror.Name) is { } name ? KeyValueNames.SubjectPrefixOf(name) : own;
        bool renames = mirror.SubjectTransforms?.Any(
            transform => transform.Destination.StartsWith(own, StringComparison.Ordinal)) == true;
        string write = mirror.External is { ApiPrefix.Length: > 0 } external ? $"{external.ApiPrefix}.{origin}" : origin;
        return new KeyValueSubjects(write, renames ? own : origin, stream, apiPrefix);
    }
}
