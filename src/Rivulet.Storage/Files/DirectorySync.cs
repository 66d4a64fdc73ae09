using System.Runtime.InteropServices;

namespace Rivulet.Storage.Files;

/// <summary>
/// Makes the entries of a directory lasting: without it a file that was created and synced can be gone after a power
/// cut. Windows has no such call and needs none: NTFS journals its directories.
/// </summary>
internal static partial class DirectorySync
{
    private const int Eintr = 4;
    private const int ReadOnly = 0;

    public static void Sync(string directory)
    {
        if (OperatingSystem.IsWindows())
            return;
        int descriptor = Open(directory, ReadOnly);
        if (descriptor < 0)
            Throw("open", directory);
        try
        {
            while (FSync(descriptor) != 0)
            {
                if (Marshal.GetLastPInvokeError() != Eintr)
                    Throw("fsync", directory);
            }
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    private static void Throw(string call, string directory)
    {
        int error = Marshal.GetLastPInvokeError();
        throw new IOException(
            $"{call} of directory {directory} failed: {Marshal.GetPInvokeErrorMessage(error)}", error);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int FSync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Close(int descriptor);
}
