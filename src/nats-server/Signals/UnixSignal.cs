using System.Runtime.InteropServices;

namespace Rivulet.Server.Host.Signals;

/// <summary>Signals by number, and how to send them. Unix only.</summary>
internal static partial class UnixSignal
{
    private const int NoSuchProcess = 3;

    /// <summary>Hang-up: read the configuration anew.</summary>
    public const int Hangup = 1;

    /// <summary>Interrupt: shut down.</summary>
    public const int Interrupt = 2;

    /// <summary>Kill: end at once.</summary>
    public const int Kill = 9;

    /// <summary>Terminate: shut down.</summary>
    public const int Terminate = 15;

    /// <summary>First signal of the user: open the log file anew.</summary>
    public static int User1 => OperatingSystem.IsLinux() ? 10 : 30;

    /// <summary>Second signal of the user: lame duck mode.</summary>
    public static int User2 => OperatingSystem.IsLinux() ? 12 : 31;

    /// <summary>Sends a signal; null if it was sent, else why not.</summary>
    public static string? Send(int processId, int signal)
    {
        if (SendSignal(processId, signal) == 0)
            return null;
        return Marshal.GetLastPInvokeError() == NoSuchProcess ? "no such process" : "operation not permitted";
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SendSignal(int processId, int signal);
}
