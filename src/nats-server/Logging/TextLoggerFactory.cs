using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Rivulet.Server.Host.Logging;

/// <summary>Loggers that write lines in the reference server's format: <c>[pid] date time [INF] text</c>.</summary>
/// <remarks>Thread-safe. Each line is one write, so that lines of several processes on one stream stay whole.</remarks>
internal sealed class TextLoggerFactory : ILoggerFactory
{
    private readonly Lock _lock = new();
    private readonly Stream _output;
    private readonly StreamWriter _line;
    private readonly LogFormat _format;
    private readonly string _pid = string.Create(CultureInfo.InvariantCulture, $"[{Environment.ProcessId}] ");

    /// <summary>Loggers that write to a stream, which they own.</summary>
    public TextLoggerFactory(Stream output, LogFormat format)
    {
        _output = output;
        _format = format;
        _line = new StreamWriter(output, bufferSize: 1024) { AutoFlush = false, NewLine = "\n" };
    }

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName)
    {
        return new TextLogger(this);
    }

    /// <inheritdoc/>
    public void AddProvider(ILoggerProvider provider)
    {
        throw new NotSupportedException("Log lines of this program go to one place.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _line.Dispose();
            _output.Dispose();
        }
    }

    /// <summary>Whether lines of a level are written.</summary>
    public bool IsEnabled(LogLevel level)
    {
        return level switch
        {
            LogLevel.Trace => _format.Trace,
            LogLevel.Debug => _format.Debug,
            LogLevel.None => false,
            _ => true,
        };
    }

    /// <summary>Writes one line.</summary>
    public void Write(LogLevel level, string text, Exception? exception)
    {
        lock (_lock)
        {
            _line.Write(_pid);
            if (_format.Time)
                _line.Write(Now().ToString("yyyy'/'MM'/'dd HH:mm:ss.ffffff ", CultureInfo.InvariantCulture));
            _line.Write(Label(level));
            _line.Write(text);
            if (exception is not null)
            {
                _line.Write(": ");
                _line.Write(exception.ToString());
            }

            _line.WriteLine();
            _line.Flush();
        }
    }

    private DateTimeOffset Now()
    {
        return _format.Utc ? TimeProvider.System.GetUtcNow() : TimeProvider.System.GetLocalNow();
    }

    private string Label(LogLevel level)
    {
        var (name, colour) = level switch
        {
            LogLevel.Trace => ("TRC", "33"),
            LogLevel.Debug => ("DBG", "36"),
            LogLevel.Warning => ("WRN", "0;93"),
            LogLevel.Error => ("ERR", "31"),
            LogLevel.Critical => ("FTL", "31"),
            _ => ("INF", "32"),
        };
        return _format.Colours ? $"[\x1b[{colour}m{name}\x1b[0m] " : $"[{name}] ";
    }

    private sealed class TextLogger(TextLoggerFactory factory) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
        {
            return null;
        }

        public bool IsEnabled(LogLevel logLevel)
        {
            return factory.IsEnabled(logLevel);
        }

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            if (factory.IsEnabled(logLevel))
                factory.Write(logLevel, formatter(state, exception), exception);
        }
    }
}
