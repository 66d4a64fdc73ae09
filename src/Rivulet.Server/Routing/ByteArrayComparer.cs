using System.Diagnostics.CodeAnalysis;

namespace Rivulet.Server.Routing;

/// <summary>Compares byte arrays by content, and looks them up by spans.</summary>
internal sealed class ByteArrayComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
{
    private ByteArrayComparer()
    {
    }

    /// <summary>The comparer.</summary>
    public static ByteArrayComparer Instance { get; } = new();

    /// <inheritdoc/>
    public bool Equals(byte[]? x, byte[]? y)
    {
        return x.AsSpan().SequenceEqual(y);
    }

    /// <inheritdoc/>
    public int GetHashCode([DisallowNull] byte[] obj)
    {
        return (int)RouteCache.HashOf(obj);
    }

    /// <inheritdoc/>
    public bool Equals(ReadOnlySpan<byte> alternate, byte[] other)
    {
        return alternate.SequenceEqual(other);
    }

    /// <inheritdoc/>
    public int GetHashCode(ReadOnlySpan<byte> alternate)
    {
        return (int)RouteCache.HashOf(alternate);
    }

    /// <inheritdoc/>
    public byte[] Create(ReadOnlySpan<byte> alternate)
    {
        return alternate.ToArray();
    }
}
