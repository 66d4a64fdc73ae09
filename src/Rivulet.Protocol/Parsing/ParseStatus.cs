namespace Rivulet.Protocol;

/// <summary>Why a parser returned.</summary>
/// <param name="Outcome">The kind of end.</param>
/// <param name="Violation">What was wrong; <see cref="ProtocolViolation.None"/> unless the outcome is a violation.</param>
public readonly record struct ParseStatus(ParseOutcome Outcome, ProtocolViolation Violation)
{
    /// <summary>All complete operations are done; more bytes are needed.</summary>
    public static ParseStatus NeedMoreData => new(ParseOutcome.NeedMoreData, ProtocolViolation.None);

    /// <summary>The handler asked to stop. Its operation is consumed; call again to go on.</summary>
    public static ParseStatus Stopped => new(ParseOutcome.Stopped, ProtocolViolation.None);

    /// <summary>Whether the peer broke the protocol; nothing more can be parsed from this connection.</summary>
    public bool IsViolation => Outcome == ParseOutcome.Violation;

    /// <summary>The status of a broken protocol.</summary>
    public static ParseStatus Broken(ProtocolViolation violation) => new(ParseOutcome.Violation, violation);
}
