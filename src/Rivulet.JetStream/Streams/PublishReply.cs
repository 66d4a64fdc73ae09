using Rivulet.JetStream.Api.Errors;

namespace Rivulet.JetStream.Streams;

/// <summary>What a publish is answered with.</summary>
/// <param name="Kind">Kind of the answer.</param>
/// <param name="Number">Sequence of the ack or of the duplicate; actual sequence of a wrong one.</param>
/// <param name="Detail">
/// The <see cref="ApiError"/> of <see cref="PublishReplyKind.Error"/> and <see cref="PublishReplyKind.Overloaded"/>, the
/// <see cref="AckDetail"/> of <see cref="PublishReplyKind.DetailedAck"/>, or the bytes of <see cref="PublishReplyKind.Text"/>.
/// </param>
internal readonly record struct PublishReply(PublishReplyKind Kind, ulong Number, object? Detail)
{
    /// <summary>The error, if there is one.</summary>
    public ApiError? Error => Detail as ApiError;


    /// <summary>Stored under a sequence.</summary>
    public static PublishReply Ack(ulong sequence) => new(PublishReplyKind.Ack, sequence, null);

    /// <summary>Stored under a sequence, and there is more to tell.</summary>
    public static PublishReply Ack(ulong sequence, AckDetail detail) => new(PublishReplyKind.DetailedAck, sequence, detail);

    /// <summary>No answer: a message has to be read before the publish can be decided, and then it is tried again.</summary>
    public static PublishReply Unread(ulong sequence) => new(PublishReplyKind.Unread, sequence, null);

    /// <summary>An empty message: taken in, and not stored yet.</summary>
    public static PublishReply TakenIn => new(PublishReplyKind.TakenIn, 0, null);

    /// <summary>A text.</summary>
    public static PublishReply OfText(byte[] text) => new(PublishReplyKind.Text, 0, text);

    /// <summary>Stored before, under this sequence.</summary>
    public static PublishReply Duplicate(ulong sequence) => new(PublishReplyKind.Duplicate, sequence, null);

    /// <summary>Refused: the last sequence is this one.</summary>
    public static PublishReply WrongLastSequence(ulong actual) => new(PublishReplyKind.WrongLastSequence, actual, null);

    /// <summary>Refused for another reason.</summary>
    public static PublishReply Refusal(ApiError error) => new(PublishReplyKind.Error, 0, error);

    /// <summary>Refused: too much waits for the disk.</summary>
    public static PublishReply Overload(ApiError error) => new(PublishReplyKind.Overloaded, 0, error);

    /// <summary>Whether the message was refused or is a duplicate.</summary>
    public bool IsFinal => Kind != PublishReplyKind.None;
}

/// <summary>What an ack tells beside stream and sequence.</summary>
/// <param name="Value">What a counter stands at, <c>null</c> for none.</param>
/// <param name="BatchId">Id of the batch that the message ended, <c>null</c> for none.</param>
/// <param name="BatchCount">Messages of the batch.</param>
/// <param name="IsDuplicate">Whether the message was stored before.</param>
internal sealed record AckDetail(string? Value, string? BatchId = null, ulong BatchCount = 0, bool IsDuplicate = false);

/// <summary>Kinds of answers to a publish.</summary>
internal enum PublishReplyKind : byte
{
    /// <summary>None, or none yet: nothing speaks against storing.</summary>
    None,

    /// <summary>A stored message has to be read first, without a lock.</summary>
    Unread,

    /// <summary>The message is stored.</summary>
    Ack,

    /// <summary>The message is stored, and the answer tells more than its sequence.</summary>
    DetailedAck,

    /// <summary>The message is part of an unfinished batch.</summary>
    TakenIn,

    /// <summary>A text of its own.</summary>
    Text,

    /// <summary>A message of the same id was stored before.</summary>
    Duplicate,

    /// <summary>The last sequence is not the expected one.</summary>
    WrongLastSequence,

    /// <summary>Another error.</summary>
    Error,

    /// <summary>Too much waits for the disk.</summary>
    Overloaded,
}
