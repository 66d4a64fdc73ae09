using Rivulet.Protocol;

namespace Rivulet.JetStream.Streams;

/// <summary>
/// Gives what is published to a stream the subject under which it is stored, as the stream's subject transform says.
/// </summary>
/// <remarks>The stream's writer lock guards it.</remarks>
internal sealed class SubjectRenamer
{
    /// <summary>Longest subject that is stored; a longer one could not be received by any client.</summary>
    private const int SubjectBytesMax = 4096;

    private readonly SubjectTransform _transform;
    private readonly Random _random;
    private readonly byte[] _renamed = new byte[SubjectBytesMax];

    private SubjectRenamer(SubjectTransform transform, Random random)
    {
        _transform = transform;
        _random = random;
    }

    /// <summary>The renamer that a configuration asks for, <c>null</c> if it does not.</summary>
    public static SubjectRenamer? Create(StreamConfig config, Random seeds)
    {
        if (config.SubjectTransform is not { } asked)
            return null;
        _ = SubjectTransform.Parse(asked.Source, asked.Destination, out SubjectTransform? transform);
        if (transform is null)
            return null;
        lock (seeds)
            return new SubjectRenamer(transform, new Random(seeds.Next()));
    }

    /// <summary>
    /// The subject under which a message is stored. One that the transform is not for keeps its own, and so does one whose
    /// new name would not be a subject.
    /// </summary>
    /// <param name="subject">The subject that it was published on.</param>
    /// <returns>The subject itself, or a copy that is valid until the next call.</returns>
    public ReadOnlySpan<byte> Rename(ReadOnlySpan<byte> subject)
    {
        if (!_transform.Matches(subject))
            return subject;
        ReadOnlySpan<byte> renamed = _renamed.AsSpan(0, _transform.Apply(subject, _renamed, _random));
        return Subject.IsValidLiteral(renamed) ? renamed : subject;
    }
}
