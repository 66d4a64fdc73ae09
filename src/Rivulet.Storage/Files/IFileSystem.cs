namespace Rivulet.Storage.Files;

/// <summary>
/// What the store asks of a file system, and nothing more, so that a simulated disk can stand in for the real one.
/// Calls are synchronous and throw <see cref="IOException"/> (or one of its kin); a full disk is told by
/// <see cref="OutOfSpaceException"/>. Any thread may call.
/// </summary>
public interface IFileSystem
{
    /// <summary>Makes a directory and its parents when missing, durably.</summary>
    /// <param name="path">The directory.</param>
    void CreateDirectory(string path);

    /// <summary>The entries of a directory, sorted by name.</summary>
    /// <param name="directory">The directory.</param>
    IReadOnlyList<FileSystemEntry> List(string directory);

    /// <summary>Opens a file for positional reads and writes.</summary>
    /// <param name="path">The file.</param>
    /// <param name="mode">Whether it must exist or must not.</param>
    IFile Open(string path, FileOpenMode mode);

    /// <summary>Renames a file. Lasting once the directory is synced.</summary>
    /// <param name="from">The present name.</param>
    /// <param name="to">The new name, in the same directory; must not exist.</param>
    void Rename(string from, string to);

    /// <summary>Deletes a file. Lasting once the directory is synced.</summary>
    /// <param name="path">The file.</param>
    void Delete(string path);

    /// <summary>Makes creations, renames and deletions in a directory lasting.</summary>
    /// <param name="directory">The directory.</param>
    void SyncDirectory(string directory);

    /// <summary>
    /// Takes an exclusive lock that ends with the process, on a file that is made when missing.
    /// </summary>
    /// <param name="path">The lock file.</param>
    /// <returns>Releases the lock; null when someone else holds it.</returns>
    IDisposable? TryLock(string path);
}

/// <summary>An open file. Positional, so that readers and the one writer share it. Any thread may call.</summary>
public interface IFile : IDisposable
{
    /// <summary>Its length, in bytes.</summary>
    long LengthBytes { get; }

    /// <summary>Reads at a place; stops short only at the end of the file.</summary>
    /// <param name="buffer">Receives the bytes.</param>
    /// <param name="offsetBytes">Where in the file.</param>
    /// <returns>How many bytes were read.</returns>
    int Read(Span<byte> buffer, long offsetBytes);

    /// <summary>Writes everything at a place, or throws; then it is unknown what was written.</summary>
    /// <param name="buffer">The bytes.</param>
    /// <param name="offsetBytes">Where in the file.</param>
    void Write(ReadOnlySpan<byte> buffer, long offsetBytes);

    /// <summary>
    /// Lets the system begin to make lasting what was written at a place, and does not wait: a sync that follows has less
    /// to wait for. Promises nothing, and may do nothing.
    /// </summary>
    /// <param name="offsetBytes">Where in the file.</param>
    /// <param name="lengthBytes">How much.</param>
    void StartSync(long offsetBytes, long lengthBytes)
    {
    }

    /// <summary>
    /// Cuts the file off, or makes it longer: what is added reads as zeros, and takes no space before something is written there,
    /// where the file system knows how. Lasting once it is synced; until then it may be as it was.
    /// </summary>
    /// <param name="lengthBytes">Its length from now on, in bytes.</param>
    void SetLength(long lengthBytes);

    /// <summary>
    /// Makes the written data lasting, with whatever is needed to read it back. A failure means that it is unknown
    /// what lasts, also after a later sync that succeeds.
    /// </summary>
    void SyncData();
}

/// <summary>How <see cref="IFileSystem.Open"/> treats a file that does or does not exist.</summary>
public enum FileOpenMode
{
    /// <summary>It must not exist, and is made; lasting once the directory is synced.</summary>
    CreateNew,

    /// <summary>It must exist.</summary>
    OpenExisting,

    /// <summary>It must exist, and is not written to.</summary>
    ReadExisting,
}

/// <summary>An entry of a directory.</summary>
/// <param name="Name">Its name, without the directory.</param>
/// <param name="IsDirectory">Whether it is a directory.</param>
/// <param name="LengthBytes">Length of a file, in bytes.</param>
public readonly record struct FileSystemEntry(string Name, bool IsDirectory, long LengthBytes);

/// <summary>The file system has no space left (or the quota is used up).</summary>
public sealed class OutOfSpaceException : IOException
{
    /// <summary>Makes the exception.</summary>
    /// <param name="message">What was being written; names the path.</param>
    /// <param name="cause">What the file system said, if it did.</param>
    public OutOfSpaceException(string message, Exception? cause = null)
        : base(message, cause)
    {
    }
}
