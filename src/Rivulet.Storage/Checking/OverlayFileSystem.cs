using Rivulet.Storage.Files;

namespace Rivulet.Storage.Checking;

/// <summary>
/// A view of a file system in which everything that is written, made, renamed or deleted stays in memory, so that the
/// ordinary recovery can run on a store without a byte of it being changed. Files are opened for reading only. What
/// is hidden is not there. One thread.
/// </summary>
internal sealed class OverlayFileSystem(IFileSystem inner, WorkMeter meter, IReadOnlySet<string> hidden) : IFileSystem
{
    private readonly IFileSystem _inner = inner;
    private readonly WorkMeter _meter = meter;
    private readonly IReadOnlySet<string> _hidden = hidden;

    // Files that exist here only, and what was written to those of the inner file system.
    private readonly Dictionary<string, OverlayContent> _contents = new(StringComparer.Ordinal);
    private readonly HashSet<string> _made = new(StringComparer.Ordinal);
    private readonly HashSet<string> _deleted = new(StringComparer.Ordinal);

    public void CreateDirectory(string path)
    {
        // Whatever is put there is here already.
    }

    public IReadOnlyList<FileSystemEntry> List(string directory) =>
    [
        .. _inner.List(directory)
            .Where(entry => IsInner(Path.Combine(directory, entry.Name)))
            .Concat(_made.Where(path => Path.GetDirectoryName(path) == directory).Select(Entry))
            .OrderBy(entry => entry.Name, StringComparer.Ordinal),
    ];

    public IFile Open(string path, FileOpenMode mode)
    {
        if (mode == FileOpenMode.CreateNew)
            Make(path);
        else if (!_made.Contains(path) && !IsInner(path))
            throw new FileNotFoundException($"{path} does not exist", path);
        IFile? below = _made.Contains(path) ? null : _inner.Open(path, FileOpenMode.ReadExisting);
        if (!_contents.TryGetValue(path, out OverlayContent? content))
            _contents.Add(path, content = new OverlayContent(below!.LengthBytes));
        return new OverlayFile(below, content, _meter);
    }

    public void Rename(string from, string to) => throw new NotSupportedException("recovery renames nothing");

    public void Delete(string path)
    {
        _contents.Remove(path);
        if (!_made.Remove(path))
            _deleted.Add(path);
    }

    public void SyncDirectory(string directory)
    {
        // Nothing here is meant to last.
    }

    /// <summary>Whether a file of the inner file system was deleted here.</summary>
    public bool IsDeleted(string path) => _deleted.Contains(path);

    public IDisposable? TryLock(string path) => throw new NotSupportedException("the store is locked below this view");

    private void Make(string path)
    {
        string name = Path.GetFileName(path);
        if (List(Path.GetDirectoryName(path)!).Any(entry => entry.Name == name))
            throw new IOException($"{path} exists");
        _made.Add(path);
        _contents[path] = new OverlayContent(0);
    }

    /// <summary>Whether a file, if there is one, is that of the inner file system.</summary>
    private bool IsInner(string path) => !_hidden.Contains(path) && !_deleted.Contains(path) && !_made.Contains(path);

    private FileSystemEntry Entry(string path) => new(Path.GetFileName(path), false, _contents[path].LengthBytes);
}
