using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Rivulet.Server.Host.Logging;

/// <summary>A log file that is put aside under a name with the time when it is full, and begun anew.</summary>
/// <remarks>Not thread-safe: <see cref="TextLoggerFactory"/> writes under its lock.</remarks>
internal sealed class LogFile : ILogOutput
{
    // With the default, which is that of an old system, a pattern with dots also matches names that lack them.
    private static readonly EnumerationOptions ExactPattern = new() { MatchType = MatchType.Simple };

    private readonly string _path;
    private readonly long _bytesMax;
    private readonly int _filesMax;
    private readonly TimeProvider _time;
    private FileStream _stream;
    private long _turnAt;

    /// <summary>Opens a file, to write behind what it has.</summary>
    /// <param name="path">The file.</param>
    /// <param name="bytesMax">Bytes at which another one is begun; 0 for never.</param>
    /// <param name="filesMax">Most files to keep, this one included; 0 for no limit.</param>
    /// <param name="time">Names the files that are put aside.</param>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public LogFile(string path, long bytesMax, int filesMax, TimeProvider time)
    {
        _path = Path.GetFullPath(path);
        _bytesMax = bytesMax;
        _turnAt = bytesMax;
        _filesMax = filesMax;
        _time = time;
        _stream = Open();
    }

    /// <inheritdoc/>
    public bool IsTerminal => false;

    /// <inheritdoc/>
    public bool HasOwnHead => false;

    /// <inheritdoc/>
    public void Write(LogLevel level, ReadOnlySpan<byte> line)
    {
        try
        {
            _stream.Write(line);
        }
        catch (IOException)
        {
            // A full disk costs log lines. The server is not there for its log.
        }
    }

    /// <inheritdoc/>
    public string? Turn()
    {
        if (_turnAt == 0 || _stream.Length < _turnAt)
            return null;
        string backup = string.Create(CultureInfo.InvariantCulture, $"{_path}.{_time.GetUtcNow():yyyy.MM.dd.HH.mm.ss.fffffff}00");
        try
        {
            File.Move(_path, backup, overwrite: true);
            Reopen();
            DropOldest();
            _turnAt = _bytesMax;
            return $"Rotated log, backup saved as \"{backup}\"";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Not with each line again.
            _turnAt = _stream.Length + _bytesMax;
            return $"Unable to rotate the log: {e.Message}";
        }
    }

    /// <inheritdoc/>
    public bool Reopen()
    {
        var stream = Open();
        _stream.Dispose();
        _stream = stream;
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stream.Dispose();
    }

    private void DropOldest()
    {
        if (_filesMax == 0)
            return;
        string directory = Path.GetDirectoryName(_path)!;
        string[] backups = Directory.GetFiles(directory, Path.GetFileName(_path) + ".????.??.??.??.??.??.*", ExactPattern);
        Array.Sort(backups, StringComparer.Ordinal);
        foreach (string old in backups.SkipLast(_filesMax - 1))
            File.Delete(old);
    }

    private FileStream Open()
    {
        return new FileStream(_path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
    }
}
