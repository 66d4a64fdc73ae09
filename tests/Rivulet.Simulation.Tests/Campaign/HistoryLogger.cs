using Microsoft.Extensions.Logging;

namespace Rivulet.Simulation.Tests.Campaign;

/// <summary>Adds what the store logs to the history of a run.</summary>
internal sealed class HistoryLogger(Action<string> note) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        note($"{logLevel}: {formatter(state, exception)}");
}
