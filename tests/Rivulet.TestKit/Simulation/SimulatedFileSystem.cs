using Rivulet.Storage.Files;

namespace Rivulet.TestKit.Simulation;

/// <summary>
/// A disk in memory that knows what was synced. A power cut at any moment leaves what was synced, and of the rest
/// nothing or some part that the seed decides: writes, directory entries, down to single bytes. The power can go at any
/// operation, which is then half done. It can be full, fail, lie about syncing, and flip bits. Nothing here reads a
/// clock; with one thread driving, a seed repeats a run exactly.
/// <para>
/// Faults that a store has to survive: lost unsynced writes in any combination, torn writes, a full disk, damaged
/// bytes of what it wrote. Faults that it has to notice and stop at: a write or sync that fails, after which a later
/// sync succeeds and does not make up for it. Faults that nothing can survive, there to prove that a test can fail:
/// <see cref="IgnoresSyncs"/>.
/// </para>
/// Any thread may call.
/// </summary>
public sealed class SimulatedFileSystem : IFileSystem
{
    private readonly Lock _gate = new();
    private readonly HashSet<string> _directories = new(StringComparer.Ordinal);
    private readonly HashSet<string> _locked = new(StringComparer.Ordinal);

    private readonly SimulatedDirectory _names = new();

    private readonly DiskFaults _faults = new();

    private bool _isOff;

    /// <summary>Bytes that files may take; beyond it writes find the disk full.</summary>
    public long CapacityBytes { get; set; } = long.MaxValue;

    /// <summary>Whether syncs report success and do nothing.</summary>
    public bool IgnoresSyncs { get; set; }

    /// <summary>Whether reads fail.</summary>
    public bool FailsReads { get; set; }

    /// <summary>Called before a file is synced, with its path and no lock held; may block, to hold a commit up.</summary>
    public Action<string>? BeforeSync { get; set; }

    /// <summary>Called before a file is read, with its path and no lock held.</summary>
    public Action<string>? BeforeRead { get; set; }

    /// <summary>How many times a file was synced.</summary>
    public long SyncCount { get; private set; }

    /// <summary>How many writes there were.</summary>
    public long WriteCount { get; private set; }

    /// <summary>What was done to the disk. For the thread that drives it.</summary>
    public DiskTrace Trace { get; } = new();

    /// <summary>Whether the power is off.</summary>
    public bool IsOff
    {
        get
        {
            lock (_gate)
                return _isOff;
        }
    }

    /// <summary>Whether a power cut at this moment could lose anything.</summary>
    public bool HasUnsynced
    {
        get
        {
            lock (_gate)
                return _names.HasUnsynced || _names.Seen.Values.Any(node => node.HasUnsynced);
        }
    }

    /// <summary>Bytes that files take.</summary>
    public long AllocatedBytes
    {
        get
        {
            lock (_gate)
                return SumAllocatedBytes();
        }
    }

    /// <summary>The paths of all files, in order.</summary>
    public IReadOnlyList<string> Files
    {
        get
        {
            lock (_gate)
                return [.. _names.Seen.Keys.Order(StringComparer.Ordinal)];
        }
    }

    /// <summary>Lets so many writes succeed and the next one fail, after part of it was written.</summary>
    /// <param name="count">Writes that still succeed.</param>
    public void FailWriteAfter(int count)
    {
        lock (_gate)
            _faults.FailWriteAfter(count);
    }

    /// <summary>Lets so many syncs of files succeed and the next one fail, having done nothing.</summary>
    /// <param name="count">Syncs that still succeed.</param>
    public void FailSyncAfter(int count)
    {
        lock (_gate)
            _faults.FailSyncAfter(count);
    }

    /// <summary>
    /// Lets so many operations succeed and cuts the power in the middle of the next one: what it was to do counts as
    /// unsynced, and everybody finds the disk gone. <see cref="ImageAfterPowerCut"/> then tells what is left.
    /// </summary>
    /// <param name="count">Operations that still succeed.</param>
    public void CutPowerAfter(long count)
    {
        lock (_gate)
            _faults.CutPowerAfter(count);
    }

    /// <summary>Lets so many operations of any kind succeed and the next one fail, half done; the power stays on.</summary>
    /// <param name="count">Operations that still succeed.</param>
    public void FailOperationAfter(long count)
    {
        lock (_gate)
            _faults.FailOperationAfter(count);
    }

    /// <summary>Forgets every fault that was ordered and has not come yet.</summary>
    public void ForgetFaults()
    {
        lock (_gate)
        {
            _faults.Forget();
            CapacityBytes = long.MaxValue;
        }
    }

    /// <summary>
    /// The processes that used the disk died; the machine did not. What they wrote is there, and is no safer than it
    /// was. Also after <see cref="CutPowerAfter"/>, which then was a kill.
    /// </summary>
    public void KillProcesses()
    {
        lock (_gate)
        {
            _isOff = false;
            _locked.Clear();
        }
    }

    /// <summary>The disk as it would be after a power cut at this moment. This one goes on.</summary>
    /// <param name="survival">What becomes of what is not synced.</param>
    /// <param name="random">Decides where that leaves a choice.</param>
    public SimulatedFileSystem ImageAfterPowerCut(UnsyncedSurvival survival, Random random)
    {
        lock (_gate)
        {
            var image = new SimulatedFileSystem();
            image._directories.UnionWith(_directories);
            var copies = new Dictionary<SimulatedNode, SimulatedNode>();
            foreach ((string path, SimulatedNode node) in _names.AfterPowerCut(survival, random))
            {
                if (!copies.TryGetValue(node, out SimulatedNode? copy))
                    copies[node] = copy = node.AfterPowerCut(survival, random);
                image._names.AddDurable(path, copy);
            }
            return image;
        }
    }

    /// <summary>Cuts the power: whoever still has a file open finds the disk gone.</summary>
    /// <param name="survival">What becomes of what is not synced.</param>
    /// <param name="random">Decides where that leaves a choice.</param>
    /// <returns>The disk as it comes up again.</returns>
    public SimulatedFileSystem CutPower(UnsyncedSurvival survival, Random random)
    {
        SimulatedFileSystem image = ImageAfterPowerCut(survival, random);
        lock (_gate)
            _isOff = true;
        return image;
    }

    /// <summary>Flips one bit of a file, behind everybody's back.</summary>
    /// <param name="path">The file.</param>
    /// <param name="bit">Which, counted from the front.</param>
    public void FlipBit(string path, long bit)
    {
        Span<byte> one = stackalloc byte[1];
        lock (_gate)
        {
            SimulatedNode node = _names.Seen[path];
            node.Seen.Read(one, bit / 8);
            byte flipped = (byte)(one[0] ^ (1 << (int)(bit % 8)));
            node.Corrupt(content => content.Write([flipped], bit / 8));
        }
    }

    /// <summary>Cuts a file off, behind everybody's back.</summary>
    /// <param name="path">The file.</param>
    /// <param name="lengthBytes">What is left of it.</param>
    public void Truncate(string path, long lengthBytes)
    {
        lock (_gate)
            _names.Seen[path].Corrupt(content => content.SetLength(lengthBytes));
    }

    /// <summary>Overwrites part of a file, behind everybody's back.</summary>
    /// <param name="path">The file.</param>
    /// <param name="bytes">The bytes.</param>
    /// <param name="offsetBytes">Where.</param>
    public void Overwrite(string path, byte[] bytes, long offsetBytes)
    {
        lock (_gate)
            _names.Seen[path].Corrupt(content => content.Write(bytes, offsetBytes));
    }

    /// <summary>The whole of a file as programs see it.</summary>
    /// <param name="path">The file.</param>
    public byte[] ReadAll(string path)
    {
        lock (_gate)
        {
            PagedContent content = _names.Seen[path].Seen;
            byte[] bytes = new byte[content.LengthBytes];
            content.Read(bytes, 0);
            return bytes;
        }
    }

    /// <summary>Whether a file, as programs see it, starts with anything but zeros.</summary>
    /// <param name="path">The file.</param>
    public bool StartsWithContent(string path)
    {
        Span<byte> start = stackalloc byte[16];
        lock (_gate)
            return start[.._names.Seen[path].Seen.Read(start, 0)].ContainsAnyExcept((byte)0);
    }

    /// <inheritdoc/>
    public void CreateDirectory(string path)
    {
        lock (_gate)
        {
            ThrowIfOff();
            _directories.Add(path);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<FileSystemEntry> List(string directory)
    {
        lock (_gate)
        {
            ThrowIfOff();
            return [.. _names.Seen.Where(file => Path.GetDirectoryName(file.Key) == directory)
                .Select(file => new FileSystemEntry(Path.GetFileName(file.Key), false, file.Value.Seen.LengthBytes))
                .OrderBy(entry => entry.Name, StringComparer.Ordinal)];
        }
    }

    /// <inheritdoc/>
    public IFile Open(string path, FileOpenMode mode)
    {
        lock (_gate)
        {
            ThrowIfOff();
            bool exists = _names.Seen.TryGetValue(path, out SimulatedNode? node);
            if (exists == (mode == FileOpenMode.CreateNew))
                throw new IOException($"{path} {(exists ? "exists" : "does not exist")}");
            if (node is null)
            {
                DiskOutcome outcome = Begin(new DiskOperation(DiskOperationKind.Create, path, 0, 0));
                if (outcome != DiskOutcome.Failure)
                    _names.Add(path, node = new SimulatedNode());
                Finish(outcome, path);
            }
            return new SimulatedFile(this, node!, path);
        }
    }

    /// <inheritdoc/>
    public void Rename(string from, string to)
    {
        lock (_gate)
        {
            ThrowIfOff();
            if (!_names.Seen.ContainsKey(from))
                throw new IOException($"{from} cannot be renamed to {to}");
            DiskOutcome outcome = Begin(new DiskOperation(DiskOperationKind.Rename, to, 0, 0));
            if (outcome != DiskOutcome.Failure)
                _names.Rename(from, to);
            Finish(outcome, to);
        }
    }

    /// <inheritdoc/>
    public void Delete(string path)
    {
        lock (_gate)
        {
            ThrowIfOff();
            DiskOutcome outcome = Begin(new DiskOperation(DiskOperationKind.Delete, path, 0, 0));
            if (outcome != DiskOutcome.Failure)
                _names.Remove(path);
            Finish(outcome, path);
        }
    }

    /// <inheritdoc/>
    public void SyncDirectory(string directory)
    {
        lock (_gate)
        {
            ThrowIfOff();
            DiskOutcome outcome = Begin(new DiskOperation(DiskOperationKind.SyncDirectory, directory, 0, 0));
            if (outcome == DiskOutcome.Success && !IgnoresSyncs)
                _names.Sync(directory);
            Finish(outcome, directory);
        }
    }

    /// <inheritdoc/>
    public IDisposable? TryLock(string path)
    {
        lock (_gate)
        {
            ThrowIfOff();
            return _locked.Add(path) ? new HeldLock(this, path) : null;
        }
    }

    private DiskOutcome Begin(in DiskOperation operation)
    {
        Trace.Add(in operation);
        DiskOutcome outcome = _faults.Next(operation.Kind);
        _isOff = outcome == DiskOutcome.PowerCut;
        return outcome;
    }

    private void Finish(DiskOutcome outcome, string path)
    {
        ThrowIfOff();
        if (outcome == DiskOutcome.Failure)
            throw new IOException($"simulated failure at {path}: {Trace.Last}");
    }

    private long SumAllocatedBytes() => _names.Seen.Values.Sum(file => file.Seen.AllocatedBytes);

    private void ThrowIfOff()
    {
        if (_isOff)
            throw new IOException("the power is off");
    }

    private void Write(SimulatedNode node, string path, ReadOnlySpan<byte> buffer, long offsetBytes)
    {
        lock (_gate)
        {
            ThrowIfOff();
            DiskOutcome outcome = Begin(new DiskOperation(DiskOperationKind.Write, path, offsetBytes, buffer.Length));
            WriteCount++;
            long growth = node.Seen.GrowthOf(offsetBytes, buffer.Length);
            if (outcome == DiskOutcome.Success && growth > 0 && SumAllocatedBytes() + growth > CapacityBytes)
                throw new OutOfSpaceException($"simulated disk is full: {path}");
            node.Write(outcome == DiskOutcome.Failure ? buffer[..(buffer.Length / 2)] : buffer, offsetBytes);
            Finish(outcome, path);
        }
    }

    private void SetLength(SimulatedNode node, string path, long lengthBytes)
    {
        lock (_gate)
        {
            ThrowIfOff();
            DiskOutcome outcome = Begin(new DiskOperation(DiskOperationKind.SetLength, path, lengthBytes, 0));
            if (outcome != DiskOutcome.Failure)
                node.SetLength(lengthBytes);
            Finish(outcome, path);
        }
    }

    private int Read(SimulatedNode node, string path, Span<byte> buffer, long offsetBytes)
    {
        BeforeRead?.Invoke(path);
        lock (_gate)
        {
            ThrowIfOff();
            if (FailsReads)
                throw new IOException($"simulated failure of a read from {path}");
            return node.Seen.Read(buffer, offsetBytes);
        }
    }

    private void Sync(SimulatedNode node, string path)
    {
        BeforeSync?.Invoke(path);
        lock (_gate)
        {
            ThrowIfOff();
            DiskOutcome outcome = Begin(new DiskOperation(DiskOperationKind.Sync, path, 0, 0));
            SyncCount++;
            if (outcome == DiskOutcome.Failure)
                node.FailSync();
            else if (outcome == DiskOutcome.Success && !IgnoresSyncs)
                node.Sync();
            Finish(outcome, path);
        }
    }

    private sealed class SimulatedFile(SimulatedFileSystem disk, SimulatedNode node, string path) : IFile
    {
        private bool _isClosed;

        public long LengthBytes
        {
            get
            {
                lock (disk._gate)
                    return node.Seen.LengthBytes;
            }
        }

        public int Read(Span<byte> buffer, long offsetBytes)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            return disk.Read(node, path, buffer, offsetBytes);
        }

        public void Write(ReadOnlySpan<byte> buffer, long offsetBytes)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            disk.Write(node, path, buffer, offsetBytes);
        }

        public void SetLength(long lengthBytes)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            disk.SetLength(node, path, lengthBytes);
        }

        public void SyncData()
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            disk.Sync(node, path);
        }

        public void Dispose() => _isClosed = true;
    }

    private sealed class HeldLock(SimulatedFileSystem disk, string path) : IDisposable
    {
        public void Dispose()
        {
            lock (disk._gate)
                disk._locked.Remove(path);
        }
    }
}
