using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Rivulet.Storage.Files;

/// <summary>
/// Makes the data of a file lasting. On Linux by fdatasync, which leaves out metadata that reading the data back does
/// not need, so that a write into space that was written before costs no journal commit of the file system. Elsewhere
/// by what the runtime has: FlushFileBuffers on Windows, F_FULLFSYNC on macOS.
/// </summary>
internal static partial class DataSync
{
    private const int Eintr = 4;

    public static void Sync(SafeFileHandle handle, string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            RandomAccess.FlushToDisk(handle);
            return;
        }
        while (FDataSync(handle) != 0)
        {
            int error = Marshal.GetLastPInvokeError();
            if (error != Eintr)
                throw new IOException($"fdatasync of {path} failed: {Marshal.GetPInvokeErrorMessage(error)}", error);
        }
    }

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int FDataSync(SafeFileHandle handle);
}
