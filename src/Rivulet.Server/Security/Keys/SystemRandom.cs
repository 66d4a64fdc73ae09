using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Rivulet.Server.Security.Keys;

/// <summary>Random bytes that nobody can guess, from the operating system.</summary>
/// <remarks>
/// The runtime asks OpenSSL for them, whose library takes a millisecond to load and 3.5 MB of memory. Every server needs a few random
/// bytes when it starts, and many never have anything to encrypt; so on Linux the kernel is asked (getrandom(2), which waits
/// until it has gathered enough after the machine's start). Thread-safe.
/// </remarks>
internal static partial class SystemRandom
{
    /// <summary>Fills all bytes.</summary>
    public static void Fill(Span<byte> bytes)
    {
        if (!OperatingSystem.IsLinux() || !TryFill(bytes))
            RandomNumberGenerator.Fill(bytes);
    }

    private static bool TryFill(Span<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            nint filled = GetRandom(bytes, (nuint)bytes.Length, flags: 0);
            if (filled <= 0)
                return false;
            bytes = bytes[(int)filled..];
        }

        return true;
    }

    [LibraryImport("libc", EntryPoint = "getrandom")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint GetRandom(Span<byte> bytes, nuint length, uint flags);
}
