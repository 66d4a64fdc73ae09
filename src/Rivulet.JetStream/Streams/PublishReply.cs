using Rivulet.JetStream.Api.Errors;

namespace Rivulet.JetStream.Streams;

/// <summary>What a publish is answered with.</summary>
/// <param name="Kind">Kind of the answer.</param>
/// <param name="Number">Sequence of the ack or of the duplicate; actual sequence of a wrong one.</param>
/// <param name="Error">The error of <see cref="PublishReplyKind.Error"/> and <see cref="PublishReplyKind.Overloaded"/>.</param>
internal readonly record struct PublishReply(PublishReplyKind Kind, ulong Number, ApiError? Error)
{
    /// <summary>Stored under a sequence.</summary>
    public static PublishReply Ack(ulong sequence) => new(PublishReplyKind.Ack, sequence, null);

    /// <summary>Stored before, under this sequence.</summary>
    public static PublishReply Duplicate(ulong sequence) => new(PublishReplyKind.Duplicate, sequence, null);

    /// <summary>Refused: the last sequence is this one.</summary>
    public static PublishReply WrongLastSequence(ulong actual) => new(PublishReplyKind.WrongLastSequence, actual, null);

    /// <summary>Refused for another reason.</summary>
    public static PublishReply Refusal(ApiError error) => new(PublishReplyKind.Error, 0, error);

    /// <summary>Whether the message was refused or is a duplicate.</summary>
    public bool IsFinal => Kind != PublishReplyKind.None;
}

/// <summary>Kinds of answers to a publish.</summary>
internal enum PublishReplyKind : byte
{
    /// <summary>None yet: nothing speaks against storing.</summary>
    None,

    /// <summary>The message is stored.</summary>
    Ack,

    /// <summary>A message of the same id was stored before.</summary>
    Duplicate,

    /// <summary>The last sequence is not the expected one.</summary>
    WrongLastSequence,

    /// <summary>Another error.</summary>
    Error,

    /// <summary>Too much waits for the disk.</summary>
    Overloaded,
}
