namespace Rivulet.JetStream.Streams;

/// <summary>Compares subjects in UTF-8 byte by byte.</summary>
internal sealed class SubjectBytesComparer : IEqualityComparer<ReadOnlyMemory<byte>>
{
    /// <summary>The comparer.</summary>
    public static SubjectBytesComparer Instance { get; } = new();

    /// <inheritdoc/>
    public bool Equals(ReadOnlyMemory<byte> x, ReadOnlyMemory<byte> y) => x.Span.SequenceEqual(y.Span);

    /// <summary>Seeded for the process, so that clients cannot choose subjects that collide.</summary>
    public int GetHashCode(ReadOnlyMemory<byte> obj)
    {
        var hash = default(HashCode);
        hash.AddBytes(obj.Span);
        return hash.ToHashCode();
    }
}
