namespace Rivulet.Storage.Files;

/// <summary>Tells a full disk, or a used-up quota, from other failures.</summary>
internal static class DiskFull
{
    private const int Enospc = 28;
    private const int EdquotLinux = 122;
    private const int EdquotBsd = 69;
    private const int WindowsDiskFull = unchecked((int)0x80070070);
    private const int WindowsHandleDiskFull = unchecked((int)0x80070027);

    public static bool IsCauseOf(IOException e) => OperatingSystem.IsWindows()
        ? e.HResult is WindowsDiskFull or WindowsHandleDiskFull
        : e.HResult == Enospc || e.HResult == (OperatingSystem.IsLinux() ? EdquotLinux : EdquotBsd);
}
