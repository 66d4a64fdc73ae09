using Microsoft.Extensions.Logging;

namespace Rivulet.Server.Host.Logging;

/// <summary>Log lines on the standard error stream.</summary>
internal sealed class ErrorStreamOutput : ILogOutput
{
    private readonly Stream _stream = Console.OpenStandardError();

    /// <inheritdoc/>
    public bool IsTerminal { get; } = !Console.IsErrorRedirected;

    /// <inheritdoc/>
    public bool HasOwnHead => false;

    /// <inheritdoc/>
    public void Write(LogLevel level, ReadOnlySpan<byte> line)
    {
        try
        {
            _stream.Write(line);
        }
        catch (IOException)
        {
            // Whoever read the log has gone. The server is not there for its log.
        }
    }

    /// <inheritdoc/>
    public string? Turn()
    {
        return null;
    }

    /// <inheritdoc/>
    public bool Reopen()
    {
        return false;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stream.Dispose();
    }
}
