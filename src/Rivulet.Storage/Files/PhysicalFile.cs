using Microsoft.Win32.SafeHandles;

namespace Rivulet.Storage.Files;

/// <summary>An open file of the machine.</summary>
internal sealed class PhysicalFile : IFile
{
    private readonly SafeFileHandle _handle;
    private readonly string _path;

    public PhysicalFile(string path, FileMode mode, FileAccess access)
    {
        _path = path;
        _handle = File.OpenHandle(path, mode, access, FileShare.Read);
    }

    public long LengthBytes => RandomAccess.GetLength(_handle);

    public int Read(Span<byte> buffer, long offsetBytes)
    {
        int read = 0;
        while (read < buffer.Length)
        {
            int count = RandomAccess.Read(_handle, buffer[read..], offsetBytes + read);
            if (count == 0)
                break;
            read += count;
        }
        return read;
    }

    public void Write(ReadOnlySpan<byte> buffer, long offsetBytes)
    {
        try
        {
            RandomAccess.Write(_handle, buffer, offsetBytes);
        }
        catch (IOException e) when (DiskFull.IsCauseOf(e))
        {
            throw new OutOfSpaceException($"no space left for {_path}", e);
        }
    }

    public void StartSync(long offsetBytes, long lengthBytes) => DataSync.Start(_handle, _path, offsetBytes, lengthBytes);

    public void SetLength(long lengthBytes)
    {
        try
        {
            RandomAccess.SetLength(_handle, lengthBytes);
        }
        catch (IOException e) when (DiskFull.IsCauseOf(e))
        {
            throw new OutOfSpaceException($"no space left for {_path}", e);
        }
    }

    public void SyncData() => DataSync.Sync(_handle, _path);

    public void Dispose() => _handle.Dispose();
}
