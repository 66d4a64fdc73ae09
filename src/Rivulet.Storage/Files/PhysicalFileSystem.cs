namespace Rivulet.Storage.Files;

/// <summary>The file system of the machine.</summary>
public sealed class PhysicalFileSystem : IFileSystem
{
    private PhysicalFileSystem()
    {
    }

    /// <summary>The one instance; it has no state.</summary>
    public static PhysicalFileSystem Instance { get; } = new();

    /// <inheritdoc/>
    public void CreateDirectory(string path)
    {
        string full = Path.GetFullPath(path);
        if (Directory.Exists(full))
            return;

        // Every parent that is made is an entry of its own parent, and each of those is synced.
        string? parent = Path.GetDirectoryName(full);
        if (parent is not null)
            CreateDirectory(parent);
        Directory.CreateDirectory(full);
        if (parent is not null)
            DirectorySync.Sync(parent);
    }

    /// <inheritdoc/>
    public IReadOnlyList<FileSystemEntry> List(string directory)
    {
        var entries = new List<FileSystemEntry>();
        foreach (FileSystemInfo info in new DirectoryInfo(directory).EnumerateFileSystemInfos())
        {
            var file = info as FileInfo;
            entries.Add(new FileSystemEntry(info.Name, file is null, file?.Length ?? 0));
        }
        entries.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        return entries;
    }

    /// <inheritdoc/>
    public IFile Open(string path, FileOpenMode mode) => new PhysicalFile(
        path, mode == FileOpenMode.CreateNew ? FileMode.CreateNew : FileMode.Open,
        mode == FileOpenMode.ReadExisting ? FileAccess.Read : FileAccess.ReadWrite);

    /// <inheritdoc/>
    public void Rename(string from, string to) => File.Move(from, to);

    /// <inheritdoc/>
    public void Delete(string path) => File.Delete(path);

    /// <inheritdoc/>
    public void SyncDirectory(string directory) => DirectorySync.Sync(directory);

    /// <inheritdoc/>
    public IDisposable? TryLock(string path)
    {
        try
        {
            return File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException) when (File.Exists(path))
        {
            return null;
        }
    }
}
