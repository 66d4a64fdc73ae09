using System.Buffers.Text;
using System.Globalization;

namespace Rivulet.Benchmarks.Storage;

/// <summary>How long values are.</summary>
internal enum ValueSizes
{
    /// <summary>128 bytes.</summary>
    Uniform,

    /// <summary>16 to 1024 bytes, powers of two, all equally often.</summary>
    Mixed,
}

/// <summary>
/// The keys of a bucket, 20 to 40 bytes with the bucket's prefix, and the sizes of their values. They are computed from
/// their number: ten million of them take no memory from what is measured.
/// </summary>
internal readonly struct KeySpace(int count, ValueSizes sizes)
{
    public const int MaxBytes = 40;
    public const int MaxValueBytes = 1024;

    private const int RecordOverheadBytes = 44;
    private const int UniformValueBytes = 128;

    private readonly ValueSizes _sizes = sizes;

    public int Count { get; } = count;

    /// <summary>Bytes of all keys.</summary>
    public long TotalBytes
    {
        get
        {
            long total = 0;
            for (int i = 0; i < Count; i++)
                total += LengthOf(i);
            return total;
        }
    }

    /// <summary>What a record of each key and value takes in the log, in bytes.</summary>
    public long LiveBytes
    {
        get
        {
            long total = 0;
            for (int i = 0; i < Count; i++)
                total += (RecordOverheadBytes + 8 + LengthOf(i) + ValueBytesOf(i) + 7) & ~7;
            return total;
        }
    }

    /// <summary>Writes a key.</summary>
    /// <returns>The key.</returns>
    public static ReadOnlySpan<byte> Write(int i, Span<byte> into)
    {
        "$KV.bench."u8.CopyTo(into);
        Utf8Formatter.TryFormat(Mix(i), into[10..], out _, new System.Buffers.StandardFormat('x', 8));
        into[18] = (byte)'.';
        int length = LengthOf(i);
        into[19..length].Fill((byte)'k');
        return into[..length];
    }

    public int ValueBytesOf(int i) => _sizes == ValueSizes.Uniform ? UniformValueBytes : 16 << (int)((Mix(i) >> 8) % 7);

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Count:N0} keys, {(_sizes == ValueSizes.Uniform ? "values of 128 bytes" : "values of 16 to 1024 bytes")}");

    private static int LengthOf(int i) => 20 + (int)((Mix(i) >> 4) % 21);

    /// <summary>One to one, and without any order.</summary>
    private static uint Mix(int i)
    {
        uint x = (uint)i * 0x9E37_79B1u;
        x = (x ^ (x >> 15)) * 0x85EB_CA77u;
        return x ^ (x >> 13);
    }
}
