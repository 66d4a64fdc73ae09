namespace Rivulet.Protocol;

/// <summary>The ways in which a parser returns.</summary>
public enum ParseOutcome
{
    /// <summary>Every complete operation has been handed over; the rest waits for more bytes.</summary>
    NeedMoreData,

    /// <summary>The handler returned false.</summary>
    Stopped,

    /// <summary>The peer broke the protocol.</summary>
    Violation,
}
