using System.Buffers.Binary;
using System.Text;

namespace Rivulet.Storage.Records;

/// <summary>
/// The body of the attachment records.
/// <code>
///   0      2
///   +------+- - - -+- - - - - - -
///   | len  | key   | value or delta ...
///   +------+- - - -+- - - - - - -
/// </code>
/// </summary>
internal static class AttachmentBody
{
    private const int FixedBytes = 2;

    public static int BytesFor(string key, int valueBytes) => FixedBytes + Encoding.UTF8.GetByteCount(key) + valueBytes;

    public static void Write(Span<byte> body, string key, ReadOnlySpan<byte> value)
    {
        int keyBytes = Encoding.UTF8.GetBytes(key, body[FixedBytes..]);
        BinaryPrimitives.WriteUInt16LittleEndian(body, checked((ushort)keyBytes));
        value.CopyTo(body[(FixedBytes + keyBytes)..]);
    }

    public static bool TryRead(ReadOnlySpan<byte> body, out string key, out ReadOnlySpan<byte> value)
    {
        key = "";
        value = default;
        if (body.Length < FixedBytes)
            return false;
        int keyBytes = BinaryPrimitives.ReadUInt16LittleEndian(body);
        if (body.Length < FixedBytes + keyBytes)
            return false;
        key = Encoding.UTF8.GetString(body.Slice(FixedBytes, keyBytes));
        value = body[(FixedBytes + keyBytes)..];
        return true;
    }
}
