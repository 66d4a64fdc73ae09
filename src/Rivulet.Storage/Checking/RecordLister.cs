using System.Text;
using Rivulet.Protocol;
using Rivulet.Storage.Files;
using Rivulet.Storage.Log;
using Rivulet.Storage.Records;

namespace Rivulet.Storage.Checking;

/// <summary>Lists the records of a store in the order of the log, as they are in the files. One thread.</summary>
internal sealed class RecordLister(IFileSystem view, string directory, RecordQuery query)
{
    private readonly IFileSystem _view = view;
    private readonly string _directory = directory;
    private readonly RecordQuery _query = query;
    private readonly Dictionary<uint, StreamIdentity> _streams = [];

    /// <summary>The records of one segment that are asked for; segments come in order.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="endBytes">Where in it the log ends; null when it does not.</param>
    public IEnumerable<RecordDescription> In(LogSegment segment, int? endBytes)
    {
        using IFile file = _view.Open(Path.Combine(_directory, segment.FileName), FileOpenMode.ReadExisting);
        using var scanner = new SegmentScanner(file, segment.Header);
        ScanResult result;
        while ((result = scanner.MoveNext()) != ScanResult.End && !(scanner.OffsetBytes >= endBytes))
        {
            RecordDescription record = result == ScanResult.Unreadable
                ? new RecordDescription { File = segment.FileName, OffsetBytes = scanner.OffsetBytes, LengthBytes = scanner.StretchBytes }
                : Describe(scanner, result, segment);
            if (IsWanted(record))
                yield return record;
        }
    }

    private RecordDescription Describe(SegmentScanner scanner, ScanResult result, LogSegment segment)
    {
        RecordHeader header = scanner.Header;
        bool isReadable = result == ScanResult.Record;
        ReadOnlySpan<byte> body = isReadable ? RecordBody.Of(scanner.Record, header.HeaderBytes) : default;
        if (isReadable && header.Kind is RecordKind.StreamCreated or RecordKind.StreamConfigured &&
            StreamBody.TryRead(body) is { } description)
        {
            _streams[header.StreamId] = description.Identity;
        }
        var record = new RecordDescription
        {
            File = segment.FileName,
            OffsetBytes = scanner.OffsetBytes,
            LengthBytes = header.LengthBytes,
            Kind = header.Kind.Name,
            IsIntact = isReadable && scanner.RepairedBit < 0,
            StreamId = header.StreamId,
            Stream = _streams.TryGetValue(header.StreamId, out StreamIdentity identity) ? identity : null,
            Sequence = header.Sequence,
            ContentBytes = header.Kind == RecordKind.Message ? header.ContentBytes - header.SubjectBytes : header.BodyBytes,
        };
        return isReadable ? WithBody(record, in header, body) : record;
    }

    private static RecordDescription WithBody(RecordDescription record, in RecordHeader header, ReadOnlySpan<byte> body)
    {
        switch (header.Kind)
        {
            case RecordKind.Message:
                MessageFacts facts = MessageFacts.Read(body[header.ContentBytes..], in header);
                return record with
                {
                    Subject = Encoding.UTF8.GetString(body[..header.SubjectBytes]),
                    TimestampNanos = facts.TimestampNanos,
                    ContentBytes = Math.Max(0, header.PlainContentBytes(body[..header.ContentBytes]) - header.SubjectBytes),
                    Removed = facts.Dropped == 0 ? [] : [facts.Dropped],
                };
            case RecordKind.Remove:
                var removed = new List<ulong>();
                for (int i = 0, count = RemoveBody.Count(body); i < count; i++)
                    removed.Add(RemoveBody.Sequence(body, i));
                return record with { Removed = removed };
            case RecordKind.Purge when PurgeBody.TryRead(body, out ulong before, out ReadOnlySpan<byte> filter):
                return record with { Subject = Encoding.UTF8.GetString(filter), Sequence = before };
            case RecordKind.AttachmentSet or RecordKind.AttachmentDelta or RecordKind.AttachmentRemoved
                when AttachmentBody.TryRead(body, out string key, out ReadOnlySpan<byte> value):
                return record with { Subject = key, ContentBytes = value.Length };
            default:
                return record;
        }
    }

    private bool IsWanted(RecordDescription record)
    {
        bool isOfStream = _query.Stream is null || record.Kind is null ||
            (record.Stream is { } stream && (stream.Name == _query.Stream || stream.ToString() == _query.Stream));
        bool hasSubject = _query.Subject is null || record.Kind is null ||
            (record.Kind == RecordKind.Message.Name && record.Subject is { } subject &&
            Subject.Matches(Encoding.UTF8.GetBytes(subject), Encoding.UTF8.GetBytes(_query.Subject)));
        return isOfStream && hasSubject;
    }
}
