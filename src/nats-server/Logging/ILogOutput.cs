namespace Rivulet.Server.Host.Logging;

/// <summary>Where log lines go.</summary>
internal interface ILogOutput : IDisposable
{
    /// <summary>Whether someone reads along on a terminal, who likes colours.</summary>
    bool IsTerminal { get; }

    /// <summary>Writes one line, whole.</summary>
    void Write(ReadOnlySpan<byte> line);

    /// <summary>Begins another file if this one is full; what to log about that, or null for nothing.</summary>
    string? Turn();

    /// <summary>Opens the file anew, in case it was moved away; false if there is none.</summary>
    bool Reopen();
}
