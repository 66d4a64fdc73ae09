using Rivulet.Storage.Files;

namespace Rivulet.TestKit.Simulation;

/// <summary>
/// A disk in memory that knows what was synced. A power cut at any moment leaves what was synced, and of the rest
/// nothing or some part that the seed decides: writes, directory entries, down to single bytes. It can be full, fail,
/// lie about syncing, and flip bits. Nothing here reads a clock; with one thread driving, a seed repeats a run exactly.
/// <para>
/// Faults that a store has to survive: lost unsynced writes in any combination, torn writes, a full disk, damaged
/// bytes of what it wrote. Faults that it has to notice and stop at: a write or sync that fails. Faults that nothing
/// can survive, there to prove that a test can fail: <see cref="IgnoresSyncs"/>.
/// </para>
/// Any thread may call.
/// </summary>
public sealed class SimulatedFileSystem : IFileSystem
{
    private readonly Lock _gate = new();
    private readonly HashSet<string> _directories = new(StringComparer.Ordinal);
    private readonly HashSet<string> _locked = new(StringComparer.Ordinal);

    // Names as programs see them, and as the disk has them.
    private readonly Dictionary<string, SimulatedNode> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SimulatedNode> _durableFiles = new(StringComparer.Ordinal);

    private bool _isOff;
    private int _writesBeforeFailure = -1;
    private int _syncsBeforeFailure = -1;

    /// <summary>Bytes that files may take; beyond it writes find the disk full.</summary>
    public long CapacityBytes { get; set; } = long.MaxValue;

    /// <summary>Whether syncs report success and do nothing.</summary>
    public bool IgnoresSyncs { get; set; }

    /// <summary>Whether reads fail.</summary>
    public bool FailsReads { get; set; }

    /// <summary>Called before a file is synced, with its path and no lock held; may block, to hold a commit up.</summary>
    public Action<string>? BeforeSync { get; set; }

    /// <summary>How many times a file was synced.</summary>
    public long SyncCount { get; private set; }

    /// <summary>How many writes there were.</summary>
    public long WriteCount { get; private set; }

    /// <summary>The paths of all files, in order.</summary>
    public IReadOnlyList<string> Files
    {
        get
        {
            lock (_gate)
                return [.. _files.Keys.Order(StringComparer.Ordinal)];
        }
    }

    /// <summary>Lets so many writes succeed and the next one fail, after part of it was written.</summary>
    /// <param name="count">Writes that still succeed.</param>
    public void FailWriteAfter(int count)
    {
        lock (_gate)
            _writesBeforeFailure = count;
    }

    /// <summary>Lets so many syncs of files succeed and the next one fail, having done nothing.</summary>
    /// <param name="count">Syncs that still succeed.</param>
    public void FailSyncAfter(int count)
    {
        lock (_gate)
            _syncsBeforeFailure = count;
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
            foreach (string path in _files.Keys.Concat(_durableFiles.Keys).Distinct().Order(StringComparer.Ordinal))
            {
                SimulatedNode? node = EntryAfterPowerCut(path, survival, random);
                if (node is null)
                    continue;
                if (!copies.TryGetValue(node, out SimulatedNode? copy))
                    copies[node] = copy = node.AfterPowerCut(survival, random);
                image._files[path] = image._durableFiles[path] = copy;
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
            SimulatedNode node = _files[path];
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
            _files[path].Corrupt(content => content.Truncate(lengthBytes));
    }

    /// <summary>Overwrites part of a file, behind everybody's back.</summary>
    /// <param name="path">The file.</param>
    /// <param name="bytes">The bytes.</param>
    /// <param name="offsetBytes">Where.</param>
    public void Overwrite(string path, byte[] bytes, long offsetBytes)
    {
        lock (_gate)
            _files[path].Corrupt(content => content.Write(bytes, offsetBytes));
    }

    /// <summary>The whole of a file as programs see it.</summary>
    /// <param name="path">The file.</param>
    public byte[] ReadAll(string path)
    {
        lock (_gate)
        {
            PagedContent content = _files[path].Seen;
            byte[] bytes = new byte[content.LengthBytes];
            content.Read(bytes, 0);
            return bytes;
        }
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
            return [.. _files.Where(file => Path.GetDirectoryName(file.Key) == directory)
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
            bool exists = _files.TryGetValue(path, out SimulatedNode? node);
            if (exists == (mode == FileOpenMode.CreateNew))
                throw new IOException($"{path} {(exists ? "exists" : "does not exist")}");
            if (node is null)
                _files[path] = node = new SimulatedNode();
            return new SimulatedFile(this, node, path);
        }
    }

    /// <inheritdoc/>
    public void Rename(string from, string to)
    {
        lock (_gate)
        {
            ThrowIfOff();
            if (_files.ContainsKey(to) || !_files.Remove(from, out SimulatedNode? node))
                throw new IOException($"{from} cannot be renamed to {to}");
            _files[to] = node;
        }
    }

    /// <inheritdoc/>
    public void Delete(string path)
    {
        lock (_gate)
        {
            ThrowIfOff();
            _files.Remove(path);
        }
    }

    /// <inheritdoc/>
    public void SyncDirectory(string directory)
    {
        lock (_gate)
        {
            ThrowIfOff();
            if (IgnoresSyncs)
                return;
            foreach (string gone in _durableFiles.Keys.Where(path => IsIn(path, directory) && !_files.ContainsKey(path)).ToArray())
                _durableFiles.Remove(gone);
            foreach ((string path, SimulatedNode node) in _files.Where(file => IsIn(file.Key, directory)))
                _durableFiles[path] = node;
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

    private static bool IsIn(string path, string directory) => Path.GetDirectoryName(path) == directory;

    private SimulatedNode? EntryAfterPowerCut(string path, UnsyncedSurvival survival, Random random)
    {
        SimulatedNode? seen = _files.GetValueOrDefault(path);
        SimulatedNode? durable = _durableFiles.GetValueOrDefault(path);
        if (seen == durable || survival == UnsyncedSurvival.None)
            return durable;
        return survival == UnsyncedSurvival.All || random.Next(2) == 0 ? seen : durable;
    }

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
            WriteCount++;
            if (_writesBeforeFailure >= 0 && _writesBeforeFailure-- == 0)
            {
                node.Write(buffer[..(buffer.Length / 2)], offsetBytes);
                throw new IOException($"simulated failure of a write to {path}");
            }
            long growth = node.Seen.GrowthOf(offsetBytes, buffer.Length);
            if (growth > 0 && _files.Values.Sum(file => file.Seen.AllocatedBytes) + growth > CapacityBytes)
                throw new OutOfSpaceException($"simulated disk is full: {path}");
            node.Write(buffer, offsetBytes);
        }
    }

    private int Read(SimulatedNode node, string path, Span<byte> buffer, long offsetBytes)
    {
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
            SyncCount++;
            if (_syncsBeforeFailure >= 0 && _syncsBeforeFailure-- == 0)
                throw new IOException($"simulated failure of a sync of {path}");
            if (!IgnoresSyncs)
                node.Sync();
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
