using System.Globalization;

namespace Rivulet.Server.Host.Files;

/// <summary>The file that holds the process id. It stays when the server has stopped, as the reference server's does.</summary>
internal static class PidFile
{
    /// <summary>Writes it, if there is to be one.</summary>
    /// <exception cref="ServerProgramException">It cannot be written.</exception>
    public static void Write(string? path)
    {
        if (path is null)
            return;
        try
        {
            File.WriteAllText(path, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ServerProgramException($"could not write pidfile: {e.Message}", e);
        }
    }
}
