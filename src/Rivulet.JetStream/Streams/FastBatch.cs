using System.Buffers.Text;

namespace Rivulet.JetStream.Streams;

/// <summary>An unfinished fast batch: how far it has come, and how often its publisher is told.</summary>
/// <param name="id">Its id.</param>
/// <remarks>The stream's writer lock guards it.</remarks>
internal sealed class FastBatch(byte[] id) : OpenBatch(id)
{
    /// <summary>Whether messages may be missing.</summary>
    public bool AllowsGaps { get; set; }

    /// <summary>Most messages for each time that its publisher is told, as that asks for.</summary>
    public int FlowMax { get; set; }

    /// <summary>How far it has come.</summary>
    public FastBatchProgress Progress { get; set; }
}

/// <summary>How far a fast batch has come.</summary>
/// <param name="Last">Its last message.</param>
/// <param name="Stored">Its last message that was stored, or passed over for good.</param>
/// <param name="Told">The message up to which its publisher has been told.</param>
/// <param name="Flow">How many messages later it is told again.</param>
/// <param name="StreamSequence">Sequence in the stream of the last message that was stored; 0 for none.</param>
internal readonly record struct FastBatchProgress(ulong Last, ulong Stored, ulong Told, int Flow, ulong StreamSequence);

/// <summary>What a message does in a fast batch, which its reply subject says: <c>prefix.id.flow.gaps.sequence.operation.$FI</c></summary>
internal ref struct FastBatchOperation
{
    private const int FlowDefault = 10;

    /// <summary>Id of the batch.</summary>
    public ReadOnlySpan<byte> Id;

    /// <summary>Most messages for each time that the publisher is told.</summary>
    public int Flow;

    /// <summary>Whether messages may be missing.</summary>
    public bool AllowsGaps;

    /// <summary>Which message of the batch it is, the first is 1.</summary>
    public ulong Sequence;

    /// <summary>What it does.</summary>
    public FastBatchStep Step;

    /// <summary>Whether the batch ends with it.</summary>
    public readonly bool Ends => Step is FastBatchStep.Commit or FastBatchStep.End;

    /// <summary>Reads a reply subject that ends as those of fast batches do.</summary>
    public static bool TryParse(ReadOnlySpan<byte> reply, out FastBatchOperation operation)
    {
        operation = default;
        ReadOnlySpan<byte> rest = reply[..^".$FI"u8.Length];
        bool isWhole = TryTakeLast(ref rest, out ReadOnlySpan<byte> step)
            & TryTakeLast(ref rest, out ReadOnlySpan<byte> sequence)
            & TryTakeLast(ref rest, out ReadOnlySpan<byte> gaps)
            & TryTakeLast(ref rest, out ReadOnlySpan<byte> flow)
            & TryTakeLast(ref rest, out operation.Id);
        ulong kind = 0;
        bool isRead = isWhole
            && TryReadNumber(step, out kind)
            && kind <= (ulong)FastBatchStep.Ping
            && TryReadNumber(sequence, out operation.Sequence)
            && operation.Sequence is > 0 and < ulong.MaxValue;
        if (!isRead)
            return false;
        operation.Step = (FastBatchStep)kind;
        operation.AllowsGaps = gaps.SequenceEqual("ok"u8);
        operation.Flow = TryReadNumber(flow, out ulong asked) && asked > 0
            ? (int)Math.Min(asked, ushort.MaxValue)
            : FlowDefault;
        bool fits = operation.Step switch
        {
            FastBatchStep.Start => operation.Sequence == 1,
            FastBatchStep.Append or FastBatchStep.End => operation.Sequence > 1,
            _ => true,
        };
        return fits && (operation.AllowsGaps || gaps.SequenceEqual("fail"u8));
    }

    private static bool TryTakeLast(scoped ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> token)
    {
        int dot = rest.LastIndexOf((byte)'.');
        token = dot < 0 ? default : rest[(dot + 1)..];
        rest = dot < 0 ? default : rest[..dot];
        return dot >= 0;
    }

    private static bool TryReadNumber(ReadOnlySpan<byte> text, out ulong number)
    {
        bool isRead = Utf8Parser.TryParse(text, out number, out int used) && used == text.Length;
        return isRead && char.IsAsciiDigit((char)text[0]);
    }
}

/// <summary>What a message does in a fast batch. The numbers are those of the protocol.</summary>
internal enum FastBatchStep : byte
{
    /// <summary>It begins the batch.</summary>
    Start = 0,

    /// <summary>It goes on with it.</summary>
    Append = 1,

    /// <summary>It is the last message.</summary>
    Commit = 2,

    /// <summary>It ends the batch and is no message of it.</summary>
    End = 3,

    /// <summary>It asks how far the batch has come.</summary>
    Ping = 4,
}
