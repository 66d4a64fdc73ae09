namespace Rivulet.Protocol;

/// <summary>Compares tokens by their bytes, and finds a kept array by a borrowed span without a copy.</summary>
internal sealed class TokenComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
{
    private TokenComparer()
    {
    }

    public static TokenComparer Instance { get; } = new();

    public bool Equals(byte[]? x, byte[]? y)
    {
        return ReferenceEquals(x, y) || (x is not null && y is not null && x.AsSpan().SequenceEqual(y));
    }

    public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

    public int GetHashCode(byte[] obj) => GetHashCode((ReadOnlySpan<byte>)obj);

    // HashCode is seeded per process: a remote peer chooses the tokens and must not be able to choose collisions.
    public int GetHashCode(ReadOnlySpan<byte> alternate)
    {
        var hash = new HashCode();
        hash.AddBytes(alternate);
        return hash.ToHashCode();
    }

    public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
}
