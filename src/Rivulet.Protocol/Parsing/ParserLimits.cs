using System.Diagnostics.CodeAnalysis;

namespace Rivulet.Protocol;

/// <summary>What a parser may accept from one connection.</summary>
/// <remarks>
/// The parser reads it anew for each operation. A handler that is given it as a field may therefore change the field
/// while a buffer is being parsed: a CONNECT ends <see cref="AwaitConnect"/> and decides <see cref="HeadersSupported"/>
/// for the operations that follow in the same buffer.
/// </remarks>
[SuppressMessage("Performance", "CA1815", Justification = "Limits are read, never compared.")]
public struct ParserLimits
{
    /// <summary>Limits with the defaults of a server: 4096 bytes a control line, 1 MiB a payload, headers supported.</summary>
    public ParserLimits()
    {
    }

    /// <summary>Limits with the defaults of a server.</summary>
    public static ParserLimits Default => new();

    /// <summary>The most bytes of arguments after an operation name, and the most blanks before them.</summary>
    public int MaxControlLine { get; set; } = 4096;

    /// <summary>The most bytes of headers and payload together; negative for no limit but that of the number's digits.</summary>
    public int MaxPayload { get; set; } = 1024 * 1024;

    /// <summary>Whether HPUB is an operation of this connection; where it is not, it closes the connection.</summary>
    public bool HeadersSupported { get; set; } = true;

    /// <summary>Whether nothing but CONNECT is accepted, because credentials are owed.</summary>
    public bool AwaitConnect { get; set; }
}
