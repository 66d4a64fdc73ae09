using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;

namespace Rivulet.Server.Host.Signals;

/// <summary>Catches signals for as long as it lives, logs each, and does what it asks for.</summary>
/// <remarks>
/// Actions run on the runtime's signal thread or the thread pool, several at once if signals come quickly; they see to
/// their own order.
/// </remarks>
internal sealed partial class SignalTraps : IDisposable
{
    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly ILogger _log;

    /// <summary>Traps that log to <paramref name="log"/>; none are set yet.</summary>
    public SignalTraps(ILogger log)
    {
        _log = log;
    }

    /// <summary>Catches a signal.</summary>
    /// <param name="signal">Which.</param>
    /// <param name="name">How the log calls it.</param>
    /// <param name="action">What it asks for; short, and without exceptions.</param>
    public void On(PosixSignal signal, string name, Action action)
    {
        _registrations.Add(PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            Trapped(_log, name);
            action();
        }));
    }

    /// <summary>Catches the signals that have no name on all systems, where there are such.</summary>
    public void OnUser(Action first, Action second)
    {
        if (OperatingSystem.IsWindows())
            return;
        On((PosixSignal)UnixSignal.User1, "user defined signal 1", first);
        On((PosixSignal)UnixSignal.User2, "user defined signal 2", second);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
    }

    [LoggerMessage(200, LogLevel.Information, "Trapped \"{Signal}\" signal")]
    private static partial void Trapped(ILogger log, string signal);
}
