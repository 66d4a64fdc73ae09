using System.Security.Cryptography;
using System.Text;
using Rivulet.JetStream.Api.Json;
using Rivulet.JetStream.Streams;

namespace Rivulet.JetStream.Origins;

/// <summary>
/// The names that streams know their origins by. They are those of the reference, since they reach headers of stored
/// messages and lists of consumers, and two servers that copy from each other read what the other wrote.
/// </summary>
internal static class OriginNames
{
    private const string Everything = ">";
    private const int HashLength = 8;

    private static ReadOnlySpan<byte> HashDigits => "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8;

    /// <summary>
    /// What tells a source of a stream from its other ones: where it is, which messages it takes and what it makes of their subjects.
    /// </summary>
    /// <returns>Three parts with a blank in between, as <see cref="SourceHeader"/> has them.</returns>
    public static string IndexOf(StreamSource source) => $"{PlaceOf(source)} {FilterOf(source)} {DestinationOf(source)}";

    /// <summary>The first part of an index: name of the stream, and what reaches it elsewhere.</summary>
    public static string PlaceOf(StreamSource source)
    {
        string external = source.External is { } elsewhere ? ":" + Hash(elsewhere.ApiPrefix) : "";
        string consumer = source.Consumer is { } named ? ":C=" + Hash(named.Name ?? "") : "";
        return source.Name + external + consumer;
    }

    /// <summary>The second part of an index: which messages it takes.</summary>
    public static string FilterOf(StreamSource source) => source.SubjectTransforms is { Count: > 0 } transforms
        ? string.Join('\f', transforms.Select(transform => OrEverything(transform.Source)))
        : OrEverything(source.FilterSubject);

    /// <summary>The third part of an index: what becomes of the subjects.</summary>
    public static string DestinationOf(StreamSource source) => source.SubjectTransforms is { Count: > 0 } transforms
        ? string.Join('\f', transforms.Select(transform => OrEverything(transform.Destination)))
        : Everything;

    /// <summary>Name and consumer of a source, of which a stream may have each only once.</summary>
    public static string ConsumerIndexOf(StreamSource source)
    {
        string external = source.External is { } elsewhere ? ":" + Hash(elsewhere.ApiPrefix) : "";
        return $"{source.Name}{external} {source.Consumer?.Name}";
    }

    /// <summary>Tells a stream from another one that had the same name before it, or has it later.</summary>
    public static string IdentityOf(JetStreamStream stream) => Hash(Rfc3339.Format(stream.Log.CreatedNanos));

    /// <summary>Name of the consumer by which a mirror makes its origin keep what it has not copied yet.</summary>
    public static string MirrorConsumerOf(JetStreamStream stream) => "JS_MIRROR_" + Hash(OwnerOf(stream));

    /// <summary>The same for a source.</summary>
    /// <param name="stream">The stream that copies.</param>
    /// <param name="source">What it copies.</param>
    /// <param name="sources">All its sources.</param>
    public static string SourceConsumerOf(JetStreamStream stream, StreamSource source, IReadOnlyList<StreamSource> sources)
    {
        string owner = Hash(OwnerOf(stream));
        bool isOnly = sources.Count(other => other.Name == source.Name) < 2;
        return "JS_SRC_" + Hash(isOnly ? owner : $"{owner} {IndexOf(source)}");
    }

    /// <summary>Eight characters that stand for a text.</summary>
    public static string Hash(string text)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(text), hash);
        return Digits(hash[..HashLength]);
    }

    private static string Digits(Span<byte> hash)
    {
        foreach (ref byte value in hash)
            value = HashDigits[value % HashDigits.Length];
        return Encoding.ASCII.GetString(hash);
    }

    private static string OwnerOf(JetStreamStream stream)
    {
        string? domain = stream.Account.Engine.Options.Domain;
        return string.IsNullOrEmpty(domain) ? $"{stream.Name} {stream.Account.Name}" : $"{stream.Name} {stream.Account.Name} {domain}";
    }

    private static string OrEverything(string? filter) => string.IsNullOrEmpty(filter) ? Everything : filter;
}
