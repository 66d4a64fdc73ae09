using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Rivulet.Client;

/// <summary>The serializers that every registry starts with.</summary>
internal static class BuiltInSerializers
{
    public static Dictionary<Type, object> Create() => new()
    {
        [typeof(byte[])] = new ByteArraySerializer(),
        [typeof(ReadOnlyMemory<byte>)] = new ReadOnlyMemorySerializer(),
        [typeof(Memory<byte>)] = new MemorySerializer(),
        [typeof(string)] = new StringSerializer(),
        [typeof(bool)] = new BooleanSerializer(),
        [typeof(byte)] = new Utf8TextSerializer<byte>(),
        [typeof(sbyte)] = new Utf8TextSerializer<sbyte>(),
        [typeof(short)] = new Utf8TextSerializer<short>(),
        [typeof(ushort)] = new Utf8TextSerializer<ushort>(),
        [typeof(int)] = new Utf8TextSerializer<int>(),
        [typeof(uint)] = new Utf8TextSerializer<uint>(),
        [typeof(long)] = new Utf8TextSerializer<long>(),
        [typeof(ulong)] = new Utf8TextSerializer<ulong>(),
        [typeof(float)] = new Utf8TextSerializer<float>(),
        [typeof(double)] = new Utf8TextSerializer<double>(),
        [typeof(decimal)] = new Utf8TextSerializer<decimal>(),
        [typeof(Guid)] = new Utf8TextSerializer<Guid>(),
        [typeof(DateTimeOffset)] = new DateTimeOffsetSerializer(),
    };

    private sealed class ByteArraySerializer : INatsSerializer<byte[]>
    {
        public void Serialize(IBufferWriter<byte> writer, byte[] value) => writer.Write(value);

        public byte[] Deserialize(ReadOnlyMemory<byte> payload) => payload.ToArray();
    }

    private sealed class ReadOnlyMemorySerializer : INatsSerializer<ReadOnlyMemory<byte>>
    {
        public void Serialize(IBufferWriter<byte> writer, ReadOnlyMemory<byte> value) => writer.Write(value.Span);

        public ReadOnlyMemory<byte> Deserialize(ReadOnlyMemory<byte> payload) => payload;
    }

    private sealed class MemorySerializer : INatsSerializer<Memory<byte>>
    {
        public void Serialize(IBufferWriter<byte> writer, Memory<byte> value) => writer.Write(value.Span);

        public Memory<byte> Deserialize(ReadOnlyMemory<byte> payload) => payload.ToArray();
    }

    private sealed class StringSerializer : INatsSerializer<string>
    {
        public void Serialize(IBufferWriter<byte> writer, string value)
        {
            Span<byte> span = writer.GetSpan(Encoding.UTF8.GetMaxByteCount(value.Length));
            writer.Advance(Encoding.UTF8.GetBytes(value, span));
        }

        public string Deserialize(ReadOnlyMemory<byte> payload) => Encoding.UTF8.GetString(payload.Span);
    }

    private sealed class BooleanSerializer : INatsSerializer<bool>
    {
        public void Serialize(IBufferWriter<byte> writer, bool value) => writer.Write(value ? "true"u8 : "false"u8);

        public bool Deserialize(ReadOnlyMemory<byte> payload) =>
            Utf8Parser.TryParse(payload.Span, out bool value, out int consumed) && consumed == payload.Length
                ? value
                : throw new FormatException("The payload is not a boolean.");
    }

    private sealed class DateTimeOffsetSerializer : INatsSerializer<DateTimeOffset>
    {
        private const int RoundTripLength = 33;

        public void Serialize(IBufferWriter<byte> writer, DateTimeOffset value)
        {
            value.TryFormat(writer.GetSpan(RoundTripLength), out int written, "O", CultureInfo.InvariantCulture);
            writer.Advance(written);
        }

        public DateTimeOffset Deserialize(ReadOnlyMemory<byte> payload) => DateTimeOffset.Parse(
            Encoding.UTF8.GetString(payload.Span), CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind);
    }

    private sealed class Utf8TextSerializer<T> : INatsSerializer<T>
        where T : IUtf8SpanFormattable, IUtf8SpanParsable<T>
    {
        private const int FirstGuessBytes = 64;

        public void Serialize(IBufferWriter<byte> writer, T value)
        {
            int sizeHint = FirstGuessBytes;
            int written;
            while (!value.TryFormat(writer.GetSpan(sizeHint), out written, default, CultureInfo.InvariantCulture))
                sizeHint *= 2;
            writer.Advance(written);
        }

        public T Deserialize(ReadOnlyMemory<byte> payload) => T.Parse(payload.Span, CultureInfo.InvariantCulture);
    }
}
