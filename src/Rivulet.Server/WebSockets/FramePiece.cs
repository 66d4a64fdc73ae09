namespace Rivulet.Server.WebSockets;

/// <summary>What the decoder found next in its input.</summary>
internal enum FramePieceKind
{
    /// <summary>Nothing: all input is consumed, and it ends within a frame.</summary>
    NeedsMore,

    /// <summary>Payload of a message, unmasked in place; maybe none, where a frame is empty.</summary>
    Data,

    /// <summary>A ping; its payload is at <see cref="FrameDecoder.ControlPayload"/>.</summary>
    Ping,

    /// <summary>A pong, as <see cref="Ping"/>.</summary>
    Pong,

    /// <summary>A close frame, as <see cref="Ping"/>.</summary>
    Close,

    /// <summary>The peer broke a rule; see <see cref="FrameDecoder.Violation"/>. Nothing comes after it.</summary>
    Violation,
}

/// <summary>A piece of the input.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Start">Where the payload of <see cref="FramePieceKind.Data"/> begins in the input.</param>
/// <param name="Length">How long it is.</param>
/// <param name="IsCompressed">Whether it belongs to a compressed message.</param>
/// <param name="IsMessageEnd">Whether it is the last of its message.</param>
internal readonly record struct FramePiece(
    FramePieceKind Kind, int Start = 0, int Length = 0, bool IsCompressed = false, bool IsMessageEnd = false);
