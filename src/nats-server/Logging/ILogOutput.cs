using Microsoft.Extensions.Logging;

namespace Rivulet.Server.Host.Logging;

/// <summary>Where log lines go.</summary>
internal interface ILogOutput : IDisposable
{
    /// <summary>Whether someone reads along on a terminal, who likes colours.</summary>
    bool IsTerminal { get; }

    /// <summary>Whether it puts process, time and level in front of lines in a form of its own.</summary>
    bool HasOwnHead { get; }

    /// <summary>Writes one line, whole.</summary>
    /// <param name="level">Its level.</param>
    /// <param name="line">Its text, with the line end.</param>
    void Write(LogLevel level, ReadOnlySpan<byte> line);

    /// <summary>Begins another file if this one is full; what to log about that, or null for nothing.</summary>
    string? Turn();

    /// <summary>Opens the file anew, in case it was moved away; false if there is none.</summary>
    bool Reopen();
}
