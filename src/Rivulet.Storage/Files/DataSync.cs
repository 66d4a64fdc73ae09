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
    private const int Eio = 5;
    private const int Enospc = 28;
    private const uint SyncFileRangeWrite = 2;

    public static void Sync(SafeFileHandle handle, string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            RandomAccess.FlushToDisk(handle);
            return;
        }
        while (FDataSync(handle) != 0)
            ThrowUnlessInterrupted("fdatasync", path);
    }

    /// <summary>
    /// Has the system begin to write a part of a file to the disk, where it knows and allows such a call. What fails after this
    /// call has returned, the next <see cref="Sync"/> reports.
    /// </summary>
    public static void Start(SafeFileHandle handle, string path, long offsetBytes, long lengthBytes)
    {
        if (!OperatingSystem.IsLinux())
            return;
        while (SyncFileRange(handle, offsetBytes, lengthBytes, SyncFileRangeWrite) != 0)
        {
            // A hint: only what is about the disk is an error.
            if (Marshal.GetLastPInvokeError() is not (Eintr or Eio or Enospc))
                return;
            ThrowUnlessInterrupted("sync_file_range", path);
        }
    }

    private static void ThrowUnlessInterrupted(string call, string path)
    {
        int error = Marshal.GetLastPInvokeError();
        if (error != Eintr)
            throw new IOException($"{call} of {path} failed: {Marshal.GetPInvokeErrorMessage(error)}", error);
    }

    [LibraryImport("libc", EntryPoint = "sync_file_range", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SyncFileRange(SafeFileHandle handle, long offsetBytes, long lengthBytes, uint flags);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int FDataSync(SafeFileHandle handle);
}
