using Rivulet.Storage.Files;
using Rivulet.Storage.Log;
using Rivulet.Storage.Records;

namespace Rivulet.Storage.Checking;

/// <summary>
/// A store that no server has open, for tools that look at it. Holds the store's lock, so that none opens it meanwhile,
/// and changes nothing in the directory, whatever is asked of it. One thread.
/// </summary>
public sealed class OfflineStore : IDisposable
{
    private readonly IFileSystem _fileSystem;
    private readonly TimeProvider _time;
    private readonly IDisposable? _lock;

    private OfflineStore(string directory, IFileSystem fileSystem, TimeProvider time, IDisposable? directoryLock)
    {
        Directory = directory;
        _fileSystem = fileSystem;
        _time = time;
        _lock = directoryLock;
    }

    /// <summary>The directory of the store.</summary>
    public string Directory { get; }

    /// <summary>Takes hold of a store.</summary>
    /// <param name="directory">Its directory.</param>
    /// <param name="fileSystem">Where the directory is.</param>
    /// <param name="time">The clock of a repaired store; nothing else depends on it.</param>
    /// <exception cref="StoreUnusableException">
    /// There is no store, a server has it open, it cannot be read, or a later version wrote it.
    /// </exception>
    public static OfflineStore Open(string directory, IFileSystem fileSystem, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(fileSystem);
        try
        {
            IReadOnlyList<FileSystemEntry> entries = fileSystem.List(directory);
            if (!entries.Any(entry => !entry.IsDirectory && SegmentNames.TryParse(entry.Name, out _, out _)))
                throw new StoreUnusableException(directory, $"there is no store in {directory}: it holds no segment such as {SegmentNames.Of(1)}");
            IDisposable? directoryLock = Lock(directory, fileSystem, entries);
            try
            {
                RefuseLaterVersion(directory, fileSystem, entries);
                return new OfflineStore(directory, fileSystem, time, directoryLock);
            }
            catch
            {
                directoryLock?.Dispose();
                throw;
            }
        }
        catch (Exception e) when (e is UnauthorizedAccessException or (IOException and not StoreUnusableException))
        {
            throw new StoreUnusableException(directory, $"the store directory {directory} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Tells what the store holds: its segments and its streams, and what is wrong with its bytes.</summary>
    /// <param name="progress">Hears how far it is; null for nobody.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="IOException">The disk failed.</exception>
    public StoreReport Inspect(IProgress<StoreProgress>? progress = null, CancellationToken cancellation = default) =>
        Examine(readsMessages: false, progress, cancellation);

    /// <summary>
    /// Verifies every checksum, every byte that has to be zero, and that index and log agree, message by message.
    /// </summary>
    /// <param name="progress">Hears how far it is; null for nobody.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="IOException">The disk failed.</exception>
    public StoreReport Check(IProgress<StoreProgress>? progress = null, CancellationToken cancellation = default) =>
        Examine(readsMessages: true, progress, cancellation);

    /// <summary>Lists records in the order of the log, as they are in the files; also those that nothing needs any more.</summary>
    /// <param name="query">Which.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="IOException">The disk failed.</exception>
    public IEnumerable<RecordDescription> Records(RecordQuery query, CancellationToken cancellation = default)
    {
        var meter = new WorkMeter(null, cancellation);
        using RecoveredStore recovered = RecoveredStore.Recover(_fileSystem, Directory, _time, meter, new FindingList());
        var lister = new RecordLister(new OverlayFileSystem(_fileSystem, meter, new HashSet<string>()), Directory, query);
        foreach (LogSegment segment in recovered.Segments)
        {
            int? end = segment.Number == recovered.EndNumber ? recovered.EndOffsetBytes : null;
            foreach (RecordDescription record in lister.In(segment, end))
                yield return record;
        }
    }

    /// <summary>
    /// Writes a damaged store anew, into another directory: all that is readable, under its sequences and times. What is
    /// lost stays listed as lost. The damaged store stays as it is.
    /// </summary>
    /// <param name="intoDirectory">Where to; empty, or not there yet.</param>
    /// <param name="random">Draws the salts of the new store.</param>
    /// <param name="progress">Hears how far it is; null for nobody.</param>
    /// <param name="cancellation">Gives up; what was written is deleted.</param>
    /// <exception cref="StoreUnusableException">The other directory cannot be used.</exception>
    /// <exception cref="IOException">The disk failed or is full; what was written is deleted.</exception>
    public RepairReport Repair(
        string intoDirectory, Random random, IProgress<StoreProgress>? progress = null, CancellationToken cancellation = default)
    {
        var meter = new WorkMeter(progress, cancellation);
        using var examination = new StoreExamination(_fileSystem, Directory, _time, meter);
        StoreReport damaged = examination.Run(readsMessages: true);
        if (!damaged.IsDamaged)
            return new RepairReport(damaged, null);
        PrepareEmpty(intoDirectory);
        using (var repair = new StoreRepair(examination.Recovered, _fileSystem, intoDirectory, random, meter))
            repair.Run();
        using OfflineStore repaired = Open(intoDirectory, _fileSystem, _time);
        return new RepairReport(damaged, repaired.Check(progress, cancellation));
    }

    /// <summary>Lets go of the store.</summary>
    public void Dispose() => _lock?.Dispose();

    private StoreReport Examine(bool readsMessages, IProgress<StoreProgress>? progress, CancellationToken cancellation)
    {
        var meter = new WorkMeter(progress, cancellation);
        using var examination = new StoreExamination(_fileSystem, Directory, _time, meter);
        return examination.Run(readsMessages);
    }

    private void PrepareEmpty(string directory)
    {
        try
        {
            _fileSystem.CreateDirectory(directory);
            if (_fileSystem.List(directory).Count > 0)
                throw new StoreUnusableException(directory, $"{directory} is not empty; name a directory that does not exist yet");
        }
        catch (Exception e) when (e is UnauthorizedAccessException or (IOException and not StoreUnusableException))
        {
            throw new StoreUnusableException(directory, $"{directory} cannot be written to: {e.Message}", e);
        }
    }

    /// <summary>
    /// A directory without a lock file is a copy that no server has had open. Making the file would be a change, and only
    /// reading is at stake.
    /// </summary>
    private static IDisposable? Lock(string directory, IFileSystem fileSystem, IReadOnlyList<FileSystemEntry> entries)
    {
        if (!entries.Any(entry => entry.Name == SegmentNames.LockFile))
            return null;
        string lockPath = Path.Combine(directory, SegmentNames.LockFile);
        return fileSystem.TryLock(lockPath) ?? throw new StoreUnusableException(
            lockPath, $"the store directory {directory} is in use: {lockPath} is locked; stop the server, or look at a copy");
    }

    private static void RefuseLaterVersion(string directory, IFileSystem fileSystem, IReadOnlyList<FileSystemEntry> entries)
    {
        byte[] area = new byte[SegmentHeader.AreaBytes];
        foreach (FileSystemEntry entry in entries)
        {
            if (entry.IsDirectory || !SegmentNames.TryParse(entry.Name, out _, out _))
                continue;
            string path = Path.Combine(directory, entry.Name);
            using IFile file = fileSystem.Open(path, FileOpenMode.ReadExisting);
            ReadOnlySpan<byte> read = area.AsSpan(0, file.Read(area, 0));
            if (SegmentHeader.Read(read, out _) == SegmentHeaderStatus.LaterVersion)
                throw new StoreUnusableException(path, $"{path} was written by a later version of the server; use that version's tools");
        }
    }
}
