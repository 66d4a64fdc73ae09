using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Rivulet.TestKit.Processes;

namespace Rivulet.Server.Tests.Program;

/// <summary>The files of a server's store, which tests damage and compare.</summary>
internal static class StoreFiles
{
    /// <summary>The directory of a server's store.</summary>
    public static string DirectoryOf(ServerProcess server) => Path.Combine(server.StoreDirectory, "jetstream");

    /// <summary>Flips one bit of the first place in a server's first segment that holds a text.</summary>
    /// <returns>Where in the file that is.</returns>
    public static long FlipBitOf(ServerProcess server, string text)
    {
        string path = Path.Combine(DirectoryOf(server), "0000000001.log");
        long offset = Find(path, text);
        FlipBit(path, offset);
        return offset;
    }

    /// <summary>Flips the lowest bit of a byte of a file, whoever has it open.</summary>
    public static void FlipBit(string path, long offset)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        file.Position = offset;
        int value = file.ReadByte();
        file.Position = offset;
        file.WriteByte((byte)(value ^ 1));
    }

    /// <summary>Names, lengths and hashes of a file, or of all files below a directory.</summary>
    public static string Fingerprint(string path)
    {
        if (Directory.Exists(path))
            return string.Concat(Directory.EnumerateFileSystemEntries(path).Order(StringComparer.Ordinal).Select(Fingerprint));

        // The lock file of a running server cannot be opened, and is empty.
        if (new FileInfo(path).Length == 0)
            return $"{path} empty\n";
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        return string.Create(CultureInfo.InvariantCulture, $"{path} {file.Length} {Convert.ToHexString(SHA256.HashData(file))}\n");
    }

    private static long Find(string path, string text)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        byte[] bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        int found = bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text));
        Assert.True(found >= 0, $"{path} does not hold \"{text}\"");
        return found;
    }
}
