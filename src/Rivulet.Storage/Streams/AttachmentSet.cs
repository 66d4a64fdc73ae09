using System.Buffers;
using Rivulet.Storage.Records;

namespace Rivulet.Storage.Streams;

/// <summary>
/// The attachments of a stream. Those that recovery found are kept until their owner sets or removes them; afterwards
/// the owner's memory is the truth and the log its copy, until the owner leaves them behind. Under the stream's index lock.
/// </summary>
internal sealed class AttachmentSet(StreamCore core)
{
    private readonly StreamCore _core = core;

    // Null once nothing that recovery found, or an owner left, is there any more.
    private Dictionary<string, Recovered>? _recovered;

    public LogPosition Append(RecordKind kind, string key, ReadOnlySpan<byte> value)
    {
        int bodyBytes = AttachmentBody.BytesFor(key, value.Length);
        byte[] body = ArrayPool<byte>.Shared.Rent(bodyBytes);
        AttachmentBody.Write(body, key, value);
        LogPosition position;
        lock (_core.Gate)
        {
            if (kind != RecordKind.AttachmentDelta && _recovered is not null && _recovered.Remove(key) &&
                _recovered.Count == 0)
            {
                _recovered = null;
            }
            position = _core.Backend.AppendControl(kind, RecordFlags.None, 0, body.AsSpan(0, bodyBytes));
            _core.AddToTail(new PendingOperation { Kind = PendingKind.Mark, Position = position });
        }
        ArrayPool<byte>.Shared.Return(body);
        return position;
    }

    public void Leave(string key, ReadOnlySpan<byte> value)
    {
        var left = new Recovered(value.ToArray(), []);
        lock (_core.Gate)
            (_recovered ??= new Dictionary<string, Recovered>(StringComparer.Ordinal))[key] = left;
    }

    public IEnumerable<StreamAttachment> ToList()
    {
        lock (_core.Gate)
        {
            if (_recovered is null)
                return [];
            return [.. _recovered.Select(pair => new StreamAttachment(pair.Key, pair.Value.Value, [.. pair.Value.Deltas]))];
        }
    }

    /// <summary>Recovery found a record of an attachment.</summary>
    public void Replay(RecordKind kind, string key, ReadOnlySpan<byte> value)
    {
        _recovered ??= new Dictionary<string, Recovered>(StringComparer.Ordinal);
        switch (kind)
        {
            case RecordKind.AttachmentSet:
                _recovered[key] = new Recovered(value.ToArray(), []);
                break;
            case RecordKind.AttachmentDelta:
                if (!_recovered.TryGetValue(key, out Recovered? found))
                    _recovered[key] = found = new Recovered([], []);
                found.Deltas.Add(value.ToArray());
                break;
            default:
                _recovered.Remove(key);
                break;
        }
    }

    private sealed record Recovered(byte[] Value, List<ReadOnlyMemory<byte>> Deltas);
}
