using Rivulet.Storage.Files;

namespace Rivulet.Storage.Tests;

/// <summary>A file system whose syncs wait while it is held.</summary>
internal sealed class GatedFileSystem(IFileSystem inner) : IFileSystem, IDisposable
{
    private readonly ManualResetEventSlim _open = new(true);

    public void CreateDirectory(string path) => inner.CreateDirectory(path);

    public IReadOnlyList<FileSystemEntry> List(string directory) => inner.List(directory);

    public IFile Open(string path, FileOpenMode mode) => new GatedFile(inner.Open(path, mode), _open);

    public void Rename(string from, string to) => inner.Rename(from, to);

    public void Delete(string path) => inner.Delete(path);

    public void SyncDirectory(string directory) => inner.SyncDirectory(directory);

    public IDisposable? TryLock(string path) => inner.TryLock(path);

    public void Dispose() => _open.Dispose();

    public IDisposable Hold()
    {
        _open.Reset();
        return new Release(_open);
    }

    private sealed class Release(ManualResetEventSlim open) : IDisposable
    {
        public void Dispose() => open.Set();
    }

    private sealed class GatedFile(IFile inner, ManualResetEventSlim open) : IFile
    {
        public long LengthBytes => inner.LengthBytes;

        public int Read(Span<byte> buffer, long offsetBytes) => inner.Read(buffer, offsetBytes);

        public void Write(ReadOnlySpan<byte> buffer, long offsetBytes) => inner.Write(buffer, offsetBytes);

        public void SetLength(long lengthBytes) => inner.SetLength(lengthBytes);

        public void SyncData()
        {
            open.Wait(TimeSpan.FromSeconds(30));
            inner.SyncData();
        }

        public void Dispose() => inner.Dispose();
    }
}
