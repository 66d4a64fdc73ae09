using System.Diagnostics;
using System.Globalization;

namespace Rivulet.Server.Host.Signals;

/// <summary>What <c>--signal</c> does: tells a server that runs already, by a signal.</summary>
internal static class SignalCommand
{
    private const string ProgramName = "nats-server";

    /// <summary>Sends what a flag says: <c>command</c>, <c>command=pid</c> or <c>command=pid-file</c>.</summary>
    /// <exception cref="ServerProgramException">It means nothing, or there is nobody to tell.</exception>
    public static void Send(string text)
    {
        if (OperatingSystem.IsWindows())
            throw new ServerProgramException("signals are not supported on Windows");
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        string command = equals < 0 ? text : text[..equals];
        int signal = Number(command) ?? throw new ServerProgramException($"unknown signal \"{command}\"");
        string target = equals < 0 ? "" : text[(equals + 1)..];
        int processId = target.Length == 0 ? FindOnly() : Resolve(target);
        if (UnixSignal.Send(processId, signal) is { } reason)
            throw new ServerProgramException(string.Create(CultureInfo.InvariantCulture, $"signal \"{command}\" {processId}: {reason}"));
    }

    private static int? Number(string command)
    {
        return command switch
        {
            "stop" => UnixSignal.Kill,
            "quit" => UnixSignal.Interrupt,
            "term" => UnixSignal.Terminate,
            "reopen" => UnixSignal.User1,
            "reload" => UnixSignal.Hangup,
            "ldm" => UnixSignal.User2,
            _ => null,
        };
    }

    private static int Resolve(string target)
    {
        string text = target;
        if (!IsProcessId(text, out int processId))
        {
            try
            {
                text = File.ReadAllText(target).Trim();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new ServerProgramException($"invalid pid: {target}", e);
            }

            if (!IsProcessId(text, out processId))
                throw new ServerProgramException($"invalid pid: {text}");
        }

        return processId;
    }

    // A process id of zero or below would name a whole group of processes.
    private static bool IsProcessId(string text, out int processId)
    {
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out processId) && processId > 0;
    }

    private static int FindOnly()
    {
        int[] found = [.. Process.GetProcessesByName(ProgramName).Select(process => process.Id).Where(id => id != Environment.ProcessId).Order()];
        return found switch
        {
            [] => throw new ServerProgramException($"no {ProgramName} processes running"),
            [var only] => only,
            _ => throw new ServerProgramException($"multiple {ProgramName} processes running:\n{string.Join('\n', found)}"),
        };
    }
}
