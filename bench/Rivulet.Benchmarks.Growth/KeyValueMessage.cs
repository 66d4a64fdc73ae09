using System.Buffers.Text;
using System.Diagnostics;
using Rivulet.Benchmarks.Growth.Wire;

namespace Rivulet.Benchmarks.Growth;

/// <summary>
/// Keys and values as all curves use them. A value begins with the number of its key, in eight digits; one that is long
/// enough goes on with the time of the put in twenty. The rest is filler that does not compress to nothing.
/// </summary>
internal sealed class KeyValueMessage
{
    public const int UsualValueBytes = 128;

    private const int KeyDigits = 8;
    private const int TimeDigits = 20;
    private const int BucketDigits = 5;
    private readonly byte[] _filler;
    private readonly bool _hasTime;

    public KeyValueMessage(int valueBytes, int bucketCount)
    {
        ValueBytes = valueBytes;
        BucketCount = bucketCount;
        _hasTime = valueBytes >= UsualValueBytes;
        _filler = new byte[valueBytes - KeyDigits - (_hasTime ? TimeDigits : 0)];
        var random = new Random(1);
        for (int i = 0; i < _filler.Length; i++)
            _filler[i] = (byte)random.Next('a', 'z' + 1);
    }

    public int ValueBytes { get; }

    /// <summary>Indexes go round all buckets, then to the next key.</summary>
    public int BucketCount { get; }

    public static void WriteBucket(Output output, int bucket)
    {
        output.Write("growth"u8);
        output.WriteDigits(bucket, BucketDigits);
    }

    public void WriteSubject(Output output, int index)
    {
        output.Write("$KV."u8);
        WriteBucket(output, index % BucketCount);
        output.Write(".key"u8);
        output.WriteDigits(index / BucketCount, KeyDigits);
    }

    public void WriteValue(Output output, int index)
    {
        output.WriteDigits(index, KeyDigits);
        if (_hasTime)
            output.WriteDigits(Stopwatch.GetTimestamp(), TimeDigits);
        output.Write(_filler);
    }

    public bool IsValue(int index, ReadOnlySpan<byte> value) =>
        value.Length == ValueBytes
        && Utf8Parser.TryParse(value[..KeyDigits], out int key, out _) && key == index
        && value.EndsWith(_filler);

    /// <summary>Throws unless this is a put of the usual size, delivered to a watcher. Returns when it was sent.</summary>
    public static long CheckDelivery(in ServerMessage message)
    {
        if (message.Payload.Length == UsualValueBytes
            && message.ReplyTo.StartsWith("$JS.ACK."u8)
            && message.Subject.EndsWith(message.Payload[..KeyDigits])
            && Utf8Parser.TryParse(message.Payload.Slice(KeyDigits, TimeDigits), out long started, out _))
        {
            return started;
        }

        throw new InvalidDataException("A watcher was sent something that was not put.");
    }
}
