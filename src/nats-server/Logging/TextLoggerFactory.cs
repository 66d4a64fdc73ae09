using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Rivulet.Server.Host.Logging;

/// <summary>Loggers that write lines in the reference server's format: <c>[pid] date time [INF] text</c>, unless the output has one of its own.</summary>
/// <remarks>Thread-safe. Each line is one write, so that lines of several processes on one stream stay whole.</remarks>
internal sealed class TextLoggerFactory : ILoggerFactory
{
    private readonly Lock _lock = new();
    private readonly MemoryStream _line = new();
    private readonly StreamWriter _text;
    private readonly string _pid = string.Create(CultureInfo.InvariantCulture, $"[{Environment.ProcessId}] ");
    private ILogOutput _output;
    private volatile LogFormat _format;

    /// <summary>Loggers that write to an output, which they own.</summary>
    public TextLoggerFactory(ILogOutput output, LogFormat format)
    {
        _output = output;
        _format = format;
        _text = new StreamWriter(_line, bufferSize: 1024) { NewLine = "\n" };
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

    /// <summary>Changes how lines look and, if there is another output, where they go.</summary>
    public void Change(LogFormat format, ILogOutput? output)
    {
        ILogOutput? old = null;
        lock (_lock)
        {
            _format = format;
            if (output is not null)
                (old, _output) = (_output, output);
        }

        old?.Dispose();
    }

    /// <summary>Opens the log file anew; false if there is none.</summary>
    public bool Reopen()
    {
        lock (_lock)
            return _output.Reopen();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ILogOutput output;
        lock (_lock)
        {
            _text.Dispose();
            output = _output;
        }

        output.Dispose();
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
            WriteLine(level, text, exception);
            if (_output.Turn() is { } turned)
                WriteLine(LogLevel.Information, turned, exception: null);
        }
    }

    private void WriteLine(LogLevel level, string text, Exception? exception)
    {
        _line.SetLength(0);
        if (!_output.HasOwnHead)
            WriteHead(level);
        _text.Write(text);
        if (exception is not null)
        {
            _text.Write(": ");
            _text.Write(exception.ToString());
        }

        _text.WriteLine();
        _text.Flush();
        _output.Write(level, _line.GetBuffer().AsSpan(0, (int)_line.Length));
    }

    private void WriteHead(LogLevel level)
    {
        _text.Write(_pid);
        if (_format.Time)
            _text.Write(Now().ToString("yyyy'/'MM'/'dd HH:mm:ss.ffffff ", CultureInfo.InvariantCulture));
        _text.Write(Label(level));
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
        return _output.IsTerminal ? $"[\x1b[{colour}m{name}\x1b[0m] " : $"[{name}] ";
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
