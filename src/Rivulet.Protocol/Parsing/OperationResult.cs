using System.Runtime.InteropServices;

namespace Rivulet.Protocol;

/// <summary>How one operation of a buffer ended, for the loops of the two parsers.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly struct OperationResult
{
    private OperationResult(OperationResultKind kind, int length, ProtocolViolation violation)
    {
        Kind = kind;
        Length = length;
        Violation = violation;
    }

    public static OperationResult Incomplete => new(OperationResultKind.Incomplete, 0, ProtocolViolation.None);

    public static OperationResult UnknownOperation => Broken(ProtocolViolation.UnknownOperation);

    public static OperationResult InvalidArguments => Broken(ProtocolViolation.InvalidArguments);

    public OperationResultKind Kind { get; }

    /// <summary>The bytes of a finished operation, or the bytes an incomplete one will have; 0 if not known.</summary>
    public int Length { get; }

    public ProtocolViolation Violation { get; }

    public static OperationResult Handled(int length, bool goOn)
    {
        return new(goOn ? OperationResultKind.Done : OperationResultKind.Stopped, length, ProtocolViolation.None);
    }

    public static OperationResult Broken(ProtocolViolation violation)
    {
        return new(OperationResultKind.Violation, 0, violation);
    }

    public static OperationResult Of(LineStatus status)
    {
        return status == LineStatus.TooLong ? Broken(ProtocolViolation.ControlLineTooLong) : Incomplete;
    }

    public static OperationResult Of(BodyStatus status, int lengthWhenComplete)
    {
        return status == BodyStatus.NotTerminated
            ? UnknownOperation
            : new OperationResult(OperationResultKind.Incomplete, lengthWhenComplete, ProtocolViolation.None);
    }
}

/// <summary>The ways in which one operation ends.</summary>
internal enum OperationResultKind
{
    /// <summary>Handed over, go on.</summary>
    Done,

    /// <summary>Handed over, and the handler wants no more.</summary>
    Stopped,

    /// <summary>Waits for more bytes.</summary>
    Incomplete,

    /// <summary>Breaks the protocol.</summary>
    Violation,
}
