using System.Buffers.Text;
using Rivulet.Protocol;

namespace Rivulet.JetStream.Streams;

/// <summary>
/// The headers of a published message that the server acts upon, found in one pass over the block. Names match byte for
/// byte; of equal names the first counts; an empty value counts as none.
/// </summary>
internal ref struct PublishHeaders
{
    /// <summary>Value of <c>Nats-Expected-Stream</c>.</summary>
    public ReadOnlySpan<byte> ExpectedStream;

    /// <summary>Value of <c>Nats-Expected-Last-Sequence</c>.</summary>
    public ReadOnlySpan<byte> ExpectedLastSequence;

    /// <summary>Value of <c>Nats-Expected-Last-Subject-Sequence</c>.</summary>
    public ReadOnlySpan<byte> ExpectedLastSubjectSequence;

    /// <summary>Value of <c>Nats-Expected-Last-Subject-Sequence-Subject</c>: whose last sequence is meant.</summary>
    public ReadOnlySpan<byte> ExpectedLastSubjectSequenceFilter;

    /// <summary>Value of <c>Nats-Expected-Last-Msg-Id</c>.</summary>
    public ReadOnlySpan<byte> ExpectedLastMessageId;

    /// <summary>Value of <c>Nats-Msg-Id</c>.</summary>
    public ReadOnlySpan<byte> MessageId;

    /// <summary>Value of <c>Nats-Rollup</c>.</summary>
    public ReadOnlySpan<byte> Rollup;

    /// <summary>Value of <c>Nats-TTL</c>.</summary>
    public ReadOnlySpan<byte> Ttl;

    /// <summary>Value of <c>Nats-Batch-Id</c>.</summary>
    public ReadOnlySpan<byte> BatchId;

    /// <summary>Value of <c>Nats-Incr</c>.</summary>
    public ReadOnlySpan<byte> Increment;

    /// <summary>Value of <c>Nats-Schedule</c>.</summary>
    public ReadOnlySpan<byte> Schedule;

    /// <summary>Value of <c>Nats-Schedule-Next</c>.</summary>
    public ReadOnlySpan<byte> ScheduleNext;

    /// <summary>Value of <c>Nats-Scheduler</c>.</summary>
    public ReadOnlySpan<byte> Scheduler;

    /// <summary>Value of <c>Nats-Stream-Source</c>.</summary>
    public ReadOnlySpan<byte> StreamSource;

    /// <summary>Finds the headers of a block; what it holds stays borrowed.</summary>
    public static PublishHeaders Read(ReadOnlySpan<byte> block)
    {
        var headers = new PublishHeaders();
        foreach (HeaderField field in new HeaderBlock(block))
        {
            if (field.Name.StartsWith("Nats-"u8))
                headers.Take(field.Name["Nats-"u8.Length..], field.Value);
        }

        return headers;
    }

    /// <summary>A sequence as a header gives it; what is no number is a sequence that nothing has.</summary>
    public static ulong Sequence(ReadOnlySpan<byte> value) =>
        Utf8Parser.TryParse(value, out ulong sequence, out int used) && used == value.Length ? sequence : ulong.MaxValue;

    private void Take(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        switch (name.Length)
        {
            case 3 when name.SequenceEqual("TTL"u8):
                Set(ref Ttl, value);
                break;
            case 4 when name.SequenceEqual("Incr"u8):
                Set(ref Increment, value);
                break;
            case 6 when name.SequenceEqual("Msg-Id"u8):
                Set(ref MessageId, value);
                break;
            case 6 when name.SequenceEqual("Rollup"u8):
                Set(ref Rollup, value);
                break;
            case 8 when name.SequenceEqual("Batch-Id"u8):
                Set(ref BatchId, value);
                break;
            case 8 when name.SequenceEqual("Schedule"u8):
                Set(ref Schedule, value);
                break;
            case 9 when name.SequenceEqual("Scheduler"u8):
                Set(ref Scheduler, value);
                break;
            case 13 when name.SequenceEqual("Schedule-Next"u8):
                Set(ref ScheduleNext, value);
                break;
            case 13 when name.SequenceEqual("Stream-Source"u8):
                Set(ref StreamSource, value);
                break;
            case > 9 when name.StartsWith("Expected-"u8):
                TakeExpected(name["Expected-"u8.Length..], value);
                break;
            default:
                break;
        }
    }

    private void TakeExpected(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (name.SequenceEqual("Last-Subject-Sequence"u8))
            Set(ref ExpectedLastSubjectSequence, value);
        else if (name.SequenceEqual("Last-Sequence"u8))
            Set(ref ExpectedLastSequence, value);
        else if (name.SequenceEqual("Last-Subject-Sequence-Subject"u8))
            Set(ref ExpectedLastSubjectSequenceFilter, value);
        else if (name.SequenceEqual("Last-Msg-Id"u8))
            Set(ref ExpectedLastMessageId, value);
        else if (name.SequenceEqual("Stream"u8))
            Set(ref ExpectedStream, value);
    }

    private static void Set(ref ReadOnlySpan<byte> target, ReadOnlySpan<byte> value)
    {
        if (target.IsEmpty)
            target = value;
    }
}
