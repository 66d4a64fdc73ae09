using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Rivulet.TestKit.Servers;

/// <summary>Keeps log lines for a test to look at: <c>[Information] text</c>. Thread-safe.</summary>
public sealed class CapturedLog : ILoggerFactory
{
    private readonly ConcurrentQueue<string> _lines = new();

    /// <summary>The least level that is kept.</summary>
    public LogLevel Level { get; init; } = LogLevel.Debug;

    /// <summary>What was logged so far.</summary>
    public IReadOnlyList<string> Lines => [.. _lines];

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName)
    {
        return new CapturingLogger(this);
    }

    /// <inheritdoc/>
    public void AddProvider(ILoggerProvider provider)
    {
        throw new NotSupportedException("Everything is captured here.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private sealed class CapturingLogger(CapturedLog log) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
        {
            return null;
        }

        public bool IsEnabled(LogLevel logLevel)
        {
            return logLevel >= log.Level;
        }

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
                log._lines.Enqueue($"[{logLevel}] {formatter(state, exception)}{(exception is null ? "" : $" {exception}")}");
        }
    }
}
