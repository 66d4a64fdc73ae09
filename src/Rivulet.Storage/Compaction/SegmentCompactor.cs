using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Rivulet.Storage.Files;
using Rivulet.Storage.Indexing;
using Rivulet.Storage.Log;
using Rivulet.Storage.Records;
using Rivulet.Storage.Snapshots;

namespace Rivulet.Storage.Compaction;

/// <summary>
/// Rewrites groups of segments. In this order, so that a crash at any point leaves either the old files or the new one
/// in charge (docs/adr/0036):
/// <list type="number">
/// <item>the new file is written and synced, without its header;</item>
/// <item>its header is written and synced, then the directory: from here on recovery takes it for the old files;</item>
/// <item>the indexes refer to it, message by message, each under its stream's index lock;</item>
/// <item>the old files go, with their snapshots. A reader that still has one looks its message up again.</item>
/// </list>
/// One thread at a time.
/// </summary>
internal sealed partial class SegmentCompactor(
    FileStoreContext context, IFileSystem fileSystem, SnapshotFiles snapshots, Random random)
{
    /// <summary>How often a segment may be unreadable before it counts as damaged: an erasure may have been at work in it.</summary>
    private const int UnreadableTimesMax = 3;

    /// <summary>Messages moved in one hold of an index lock.</summary>
    private const int SliceMessages = 64;

    private readonly FileStoreContext _context = context;
    private readonly IFileSystem _fileSystem = fileSystem;
    private readonly SnapshotFiles _snapshots = snapshots;
    private readonly Random _random = random;

    // Messages that were removed between being read and being moved: whether they were to be overwritten is not known
    // here, so all of them are.
    private readonly List<MovedMessage> _gone = [];

    /// <summary>Rewrites a group.</summary>
    /// <returns>Whether it was rewritten; otherwise it is as it was.</returns>
    /// <exception cref="IOException">The disk failed or is full. The group is as it was.</exception>
    public bool Run(CompactionGroup group)
    {
        // Before anything is judged: what is removed from here on may or may not be there still when it is.
        long cleanedUpTo = _context.Tail.Committed.Value;
        SetBeingRewritten(group, true);
        try
        {
            RewritePlan? plan = new GroupReader(_context, group).Run();
            if (plan is null)
            {
                NoteUnreadable(group);
                return false;
            }

            // What made messages go is to be on the disk before they are gone from it; that includes what is merged at the moment.
            if (!_context.Committer.SyncUpTo(_context.Tail.Merging))
                return false;
            LogSegment rewritten = Write(group, plan, cleanedUpTo, out GroupWriter writer);
            _context.Segments.Add(rewritten);
            Move(writer.Moved, rewritten);
            ReplaceFootprints(group, rewritten, writer.Streams);
            Release(group, rewritten);
            Blank(rewritten);
            LogRewritten(
                _context.Logger, group.FirstNumber, group.LastNumber, group.FileBytes, rewritten.FileName, rewritten.FileBytes);
            return true;
        }
        finally
        {
            SetBeingRewritten(group, false);
        }
    }

    private static void SetBeingRewritten(CompactionGroup group, bool value)
    {
        foreach (LogSegment segment in group.Segments)
            segment.IsBeingRewritten = value;
    }

    private void NoteUnreadable(CompactionGroup group)
    {
        foreach (LogSegment segment in group.Segments.Where(segment => segment.IsDamaged))
        {
            if (++segment.UnreadableTimes < UnreadableTimesMax)
                segment.IsDamaged = false;
            else
                LogUnreadable(_context.Logger, segment.FileName);
        }
    }

    private LogSegment Write(CompactionGroup group, RewritePlan plan, long cleanedUpTo, out GroupWriter writer)
    {
        ulong salt;
        lock (_random)
            salt = (ulong)_random.NextInt64(long.MinValue, long.MaxValue);
        string path = Path.Combine(_context.Options.Directory, SegmentNames.Of(group.FirstNumber, group.NextGeneration));
        IFile file = _fileSystem.Open(path, FileOpenMode.CreateNew);
        try
        {
            using (writer = new GroupWriter(file, salt))
                writer.Write(plan, streamId => FirstInGroup(streamId, group));
            SegmentHeader first = group.Segments[0].Header;
            var header = new SegmentHeader(
                group.FirstNumber, salt, first.FirstPosition, writer.EndBytes, group.NextGeneration, first.StoreId)
            {
                LastNumber = group.LastNumber,
                CleanedUpTo = cleanedUpTo,
                EndPosition = group.EndPosition,
            };
            WriteHeader(file, in header);
            if (!IsSyncSkipped)
                _fileSystem.SyncDirectory(_context.Options.Directory);
            var rewritten = new LogSegment(header)
            {
                File = file,
                LengthBytes = file.LengthBytes,
                FileBytes = file.LengthBytes,
                KeptFactBytes = writer.FactBytes,
            };
            rewritten.AddLive(writer.StateBytes);
            return rewritten;
        }
        catch
        {
            file.Dispose();
            TryDelete(path);
            throw;
        }
    }

    private void TryDelete(string path)
    {
        try
        {
            _fileSystem.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What made the file useless is told; without its header, or beside what it was made of, it does no harm.
            LogLeftBehind(_context.Logger, path, e);
        }
    }

    private bool IsSyncSkipped => _context.Options.SeededBug == SeededBug.UnsyncedRewrite;

    private void WriteHeader(IFile file, in SegmentHeader header)
    {
        byte[] area = new byte[SegmentHeader.AreaBytes];
        header.Write(area);
        if (!IsSyncSkipped)
            file.SyncData();
        file.Write(area, 0);
        if (!IsSyncSkipped)
            file.SyncData();
    }

    private ulong FirstInGroup(uint streamId, CompactionGroup group)
    {
        if (!_context.Backends.TryGetValue(streamId, out FileStreamBackend? backend))
            return 0;
        lock (backend.Core.Gate)
            return backend.Footprint.FirstIn(group);
    }

    private void Move(List<MovedMessage> moved, LogSegment rewritten)
    {
        for (int start = 0; start < moved.Count;)
        {
            uint streamId = moved[start].StreamId;
            int end = start + 1;
            while (end < moved.Count && end - start < SliceMessages && moved[end].StreamId == streamId)
                end++;
            if (_context.Backends.TryGetValue(streamId, out FileStreamBackend? backend) && !backend.IsUnknown)
                MoveSlice(backend, moved, start, end, rewritten);
            start = end;
        }
    }

    private void MoveSlice(FileStreamBackend backend, List<MovedMessage> moved, int start, int end, LogSegment rewritten)
    {
        lock (backend.Core.Gate)
        {
            for (int i = start; i < end; i++)
            {
                MovedMessage message = moved[i];
                ref SequenceEntry entry = ref IndexPlace.Find(
                    backend.Core, message.Sequence, message.FromSlot, message.FromOffsetBytes, out StreamIndex? holder);
                if (Unsafe.IsNullRef(ref entry))
                {
                    _gone.Add(message);
                    continue;
                }
                var space = (SegmentUsage)holder!.Space!;
                space.OnRemoved(in entry);
                entry.SetPlace(rewritten.Slot, message.OffsetBytes);
                entry.SetSize(entry.ContentBytes, entry.HasHeaders, message.Shape);
                space.OnAdded(in entry);
            }
        }
    }

    /// <summary>
    /// Overwrites what should not have been copied. Comes last: what a crash or a failure leaves undone, the record of the
    /// removal, which lies behind what the segment was cleaned by, asks for again at the next start.
    /// </summary>
    private void Blank(LogSegment rewritten)
    {
        if (_gone.Count == 0)
            return;
        MovedMessage[] gone = [.. _gone];
        _gone.Clear();
        foreach (MovedMessage message in gone)
        {
            var erasure = new Erasure(
                message.StreamId, message.Sequence, rewritten.Slot, message.OffsetBytes, message.LengthBytes);
            RecordEraser.Erase(rewritten.File!, rewritten.SaltAt(message.OffsetBytes), erasure);
        }
        rewritten.File!.SyncData();
    }

    private void ReplaceFootprints(CompactionGroup group, LogSegment rewritten, HashSet<uint> written)
    {
        foreach (FileStreamBackend backend in _context.Backends.Values)
        {
            bool isGone;
            lock (backend.Core.Gate)
            {
                backend.Footprint.Replace(group, written.Contains(backend.StreamId) ? rewritten : null);
                isGone = backend.IsDeletionCommitted && backend.Footprint.IsEmpty;
                if (!backend.IsUnknown && !backend.Core.IsDeleted)
                    DescribeAgain(backend);
            }
            if (isGone)
                _context.Backends.TryRemove(backend.StreamId, out _);
        }
    }

    /// <summary>
    /// Both places that said what a stream is may have become one. On a full disk it waits for the stream's next record.
    /// Under the stream's index lock.
    /// </summary>
    private void DescribeAgain(FileStreamBackend backend)
    {
        if (!backend.Footprint.IsDescribedEnough(backend.Stream.Description) && _context.OutOfSpace is null)
            backend.Stream.AppendDescription();
    }

    private void Release(CompactionGroup group, LogSegment rewritten)
    {
        foreach (LogSegment segment in group.Segments)
        {
            _context.Segments.Remove(segment);
            segment.File!.Dispose();
        }
        try
        {
            foreach (LogSegment segment in group.Segments)
                _fileSystem.Delete(Path.Combine(_context.Options.Directory, segment.FileName));
            foreach (LogSegment segment in group.Segments)
                _snapshots.Delete(segment);
            _fileSystem.SyncDirectory(_context.Options.Directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Nothing depends on it: where both are there, the rewritten one counts, and the next start deletes the rest.
            LogNotDeleted(_context.Logger, group.FirstNumber, group.LastNumber, _context.Options.Directory, e);
        }

        // What these could not forget because of what lay here, they may be able to forget by now.
        foreach (LogSegment segment in _context.Segments.InOrder.Where(segment => segment.Number > rewritten.Number))
            segment.KeptFactBytes = 0;
    }

    [LoggerMessage(
        EventId = 2050, Level = LogLevel.Debug,
        Message = "Segments {First} to {Last} of {FromBytes} bytes are rewritten as {File} of {ToBytes} bytes")]
    private static partial void LogRewritten(
        ILogger logger, int first, int last, long fromBytes, string file, long toBytes);

    [LoggerMessage(
        EventId = 2054, Level = LogLevel.Warning,
        Message = "Segments {First} to {Last} of {Directory} were rewritten and cannot be deleted; the next start does it")]
    private static partial void LogNotDeleted(ILogger logger, int first, int last, string directory, Exception cause);

    [LoggerMessage(
        EventId = 2055, Level = LogLevel.Warning,
        Message = "{Path} was not finished and cannot be deleted; the next start does it")]
    private static partial void LogLeftBehind(ILogger logger, string path, Exception cause);

    [LoggerMessage(
        EventId = 2051, Level = LogLevel.Warning,
        Message = "{File} is damaged and is left as it is: the space of what is dead in it is not given back")]
    private static partial void LogUnreadable(ILogger logger, string file);
}
