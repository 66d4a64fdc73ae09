using System.Text;

namespace Rivulet.Protocol.Tests.Support;

/// <summary>Bytes as text that shows every byte, for comparing and for reading failures.</summary>
internal static class Readable
{
    public static string Text(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        foreach (byte next in bytes)
        {
            string piece = next switch
            {
                (byte)'\r' => "\\r",
                (byte)'\n' => "\\n",
                (byte)'\t' => "\\t",
                (byte)'\\' => "\\\\",
                < 0x20 or >= 0x7F => $"\\x{next:X2}",
                _ => ((char)next).ToString(),
            };
            text.Append(piece);
        }

        return text.ToString();
    }

    /// <summary>The bytes of a text whose characters stand for bytes.</summary>
    public static byte[] Bytes(string latin1) => Encoding.Latin1.GetBytes(latin1);
}
