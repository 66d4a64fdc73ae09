using System.Text;
using Rivulet.Benchmarks.Growth.Wire;

namespace Rivulet.Benchmarks.Growth;

/// <summary>A request, one for each index, and what a right answer to it is.</summary>
internal abstract class Operation
{
    public abstract void Write(Output output, int index, ReadOnlySpan<byte> reply);

    public abstract void Check(int index, in ServerMessage answer);

    /// <summary>Throws unless the answer is JSON that has the part and no error.</summary>
    protected static void CheckJson(in ServerMessage answer, ReadOnlySpan<byte> part)
    {
        if (!answer.Headers.IsEmpty || answer.Payload.IndexOf("\"error\":"u8) >= 0 || answer.Payload.IndexOf(part) < 0)
            Refuse(answer);
    }

    protected static void Refuse(in ServerMessage answer) =>
        throw new InvalidDataException(
            "A wrong answer: " + Encoding.UTF8.GetString(answer.Headers) + Encoding.UTF8.GetString(answer.Payload[..Math.Min(answer.Payload.Length, 200)]));

    protected static void WriteRequest(Output output, ReadOnlySpan<byte> reply, string body)
    {
        output.Write(" "u8);
        output.Write(reply);
        output.Write(" "u8);
        output.WriteNumber(Encoding.UTF8.GetByteCount(body));
        output.Write("\r\n"u8);
        output.Write(Encoding.UTF8.GetBytes(body));
        output.Write("\r\n"u8);
    }
}
