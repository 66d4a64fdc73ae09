using System.Globalization;
using System.Runtime.InteropServices;

namespace Rivulet.Cli.Hosting;

/// <summary>
/// What a command knows of the world: its streams, whether they are terminals, the environment, the clock, and how it is
/// interrupted. The program has one for the process; tests make their own.
/// </summary>
internal sealed class CliHost
{
    private const int AssumedWidth = 80;

    public required OutputWriter Output { get; init; }

    public required OutputWriter Error { get; init; }

    /// <summary>Opens standard input; called at most once.</summary>
    public required Func<Stream> OpenInput { get; init; }

    public required Func<string, string?> Environment { get; init; }

    public bool IsInputTerminal { get; init; }

    public bool IsOutputTerminal { get; init; }

    /// <summary>Columns of the terminal that output goes to.</summary>
    public int OutputWidth { get; init; } = AssumedWidth;

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>
    /// Runs the action when the user or the system first asks the program to end (Ctrl-C, a termination signal), in
    /// place of being killed. Asked again, or once the registration is disposed, the program is killed.
    /// </summary>
    public required Func<Action, IDisposable> OnInterrupt { get; init; }

    /// <summary>True when a question can be asked: input and output are both terminals.</summary>
    public bool IsInteractive => IsInputTerminal && IsOutputTerminal;

    /// <summary>The host of this process.</summary>
    public static CliHost ForProcess()
    {
        var isOutputTerminal = !Console.IsOutputRedirected;
        return new CliHost
        {
            Output = new OutputWriter(OpenDescriptor(1)),
            Error = new OutputWriter(OpenDescriptor(2)),
            OpenInput = Console.OpenStandardInput,
            Environment = System.Environment.GetEnvironmentVariable,
            IsInputTerminal = !Console.IsInputRedirected,
            IsOutputTerminal = isOutputTerminal,
            OutputWidth = ProcessWidth(isOutputTerminal),
            OnInterrupt = OnProcessInterrupt,
        };
    }

    private static Stream OpenDescriptor(int descriptor)
    {
        if (!OperatingSystem.IsWindows())
        {
            return new UnixOutputStream(descriptor);
        }

        return descriptor == 1 ? Console.OpenStandardOutput() : Console.OpenStandardError();
    }

    private static int ProcessWidth(bool isTerminal)
    {
        var columns = System.Environment.GetEnvironmentVariable("COLUMNS");
        if (int.TryParse(columns, NumberStyles.None, CultureInfo.InvariantCulture, out var width) && width > 0)
        {
            return width;
        }

        return isTerminal && Console.WindowWidth > 0 ? Console.WindowWidth : AssumedWidth;
    }

    private static Registrations OnProcessInterrupt(Action action)
    {
        var isAsked = 0;

        void Handle(PosixSignalContext context)
        {
            if (Interlocked.Exchange(ref isAsked, 1) == 0)
            {
                context.Cancel = true;
                action();
            }
        }

        return new Registrations(
            PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle));
    }

    private sealed class Registrations(params PosixSignalRegistration[] signals) : IDisposable
    {
        public void Dispose()
        {
            foreach (var signal in signals)
            {
                signal.Dispose();
            }
        }
    }
}
