using Rivulet.JetStream.Streams;
using Rivulet.Protocol;

namespace Rivulet.JetStream.Origins;

/// <summary>Which messages a stream copies from an origin, and the subjects that it keeps them under.</summary>
/// <remarks>One thread at a time uses it.</remarks>
internal sealed class OriginFilter
{
    /// <summary>Longest subject that is stored; a longer one could not be received by any client.</summary>
    private const int SubjectBytesMax = 4096;

    private readonly SubjectTransform[] _transforms;
    private readonly Random _random;
    private readonly byte[] _renamed;

    /// <summary>For an origin whose configuration is valid.</summary>
    /// <param name="source">What the configuration says.</param>
    /// <param name="seeds">Makes the randomness of transforms; locked meanwhile.</param>
    public OriginFilter(StreamSource source, Random seeds)
    {
        lock (seeds)
            _random = new Random(seeds.Next());
        IReadOnlyList<SubjectTransformConfig> transforms = source.SubjectTransforms ?? [];
        var parsed = new List<SubjectTransform>();
        foreach (SubjectTransformConfig asked in transforms)
        {
            if (SubjectTransform.TryParse(asked.Source, asked.Destination, out SubjectTransform? transform))
                parsed.Add(transform);
        }

        _transforms = [.. parsed];
        _renamed = _transforms.Length > 0 ? new byte[SubjectBytesMax] : [];
        IEnumerable<string> filters = transforms.Count > 0
            ? transforms.Select(transform => transform.Source.Length == 0 ? ">" : transform.Source)
            : [source.FilterSubject is { Length: > 0 } filter ? filter : ">"];
        Set = FilterSet.From(filters);
    }

    /// <summary>Which messages are copied.</summary>
    public FilterSet Set { get; }

    /// <summary>The subject under which a message is kept.</summary>
    /// <param name="subject">The subject that it has at its origin.</param>
    /// <returns>The subject itself, or a copy that is valid until the next call.</returns>
    public ReadOnlySpan<byte> Rename(ReadOnlySpan<byte> subject)
    {
        foreach (SubjectTransform transform in _transforms)
        {
            if (!transform.Matches(subject))
                continue;
            ReadOnlySpan<byte> renamed = _renamed.AsSpan(0, transform.Apply(subject, _renamed, _random));
            return Subject.IsValidLiteral(renamed) ? renamed : subject;
        }

        return subject;
    }
}
