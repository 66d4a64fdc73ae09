using Rivulet.JetStream.Streams;
using Rivulet.Storage;

namespace Rivulet.JetStream.Origins;

/// <summary>The origins of a stream: its mirror or its sources, each with what copies it. Most streams have none.</summary>
/// <remarks>
/// Updated, started and stopped by the account's API queue, one thing at a time. Any thread may ask about them; what is said to
/// be under the stream's writer lock is.
/// </remarks>
internal sealed class StreamOrigins
{
    private readonly JetStreamStream _stream;
    private volatile MirrorFollower? _mirror;
    private volatile SourceFollower[] _sources = [];

    public StreamOrigins(JetStreamStream stream) => _stream = stream;

    /// <summary>What is told about the stream that this one mirrors; <c>null</c> if it mirrors none.</summary>
    /// <param name="isNew">Whether the stream is being created.</param>
    public StreamSourceInfo? DescribeMirror(bool isNew) => _mirror?.Describe(isNew);

    /// <summary>What is told about the sources, in the order of the configuration; <c>null</c> if there are none.</summary>
    /// <param name="isNew">Whether the stream is being created.</param>
    public IReadOnlyList<StreamSourceInfo>? DescribeSources(bool isNew) =>
        _sources is { Length: > 0 } sources ? Array.ConvertAll(sources, source => source.Describe(isNew)) : null;

    /// <summary>Begins to copy what the configuration names and is not copied yet.</summary>
    public void Start()
    {
        _mirror?.Start();
        foreach (SourceFollower source in _sources)
            source.Start();
    }

    /// <summary>
    /// Copies no longer what a configuration does not name, and is ready for what it does: that is begun by <see cref="Start"/>.
    /// </summary>
    public void Update(StreamConfig config)
    {
        UpdateMirror(config);
        SourceFollower[] old = _sources;
        if (old.Length == 0 && config.Sources is not { Count: > 0 })
            return;
        Dictionary<string, SourcePosition> written = old.Length == 0 ? ReadPositions() : [];
        var present = new List<SourceFollower>();
        foreach (StreamSource source in config.Sources ?? [])
        {
            string index = OriginNames.IndexOf(source);
            SourceFollower? follower = Array.Find(old, other => other.Index == index);
            if (follower is null)
            {
                SourcePosition? position = written.Remove(index, out SourcePosition found) ? found : null;
                follower = new SourceFollower(_stream, source, index, position);
            }

            present.Add(follower);
        }

        IEnumerable<string> forgotten = written.Keys;
        foreach (SourceFollower follower in old.Except(present))
        {
            follower.Stop(isRemoved: true);
            forgotten = forgotten.Append(follower.Index);
        }

        _sources = [.. present];
        Forget([.. forgotten]);
        foreach (SourceFollower follower in present)
            follower.Unblock();
    }

    /// <summary>Stops copying.</summary>
    /// <param name="isDeleted">Whether the stream is deleted, or else the server shuts down.</param>
    public void Stop(bool isDeleted)
    {
        _mirror?.Stop(isDeleted);
        foreach (SourceFollower source in _sources)
            source.Stop(isDeleted);
        if (isDeleted)
            return;
        lock (_stream.WriterLock)
        {
            foreach (SourceFollower source in _sources)
                source.Leave();
        }
    }

    /// <summary>
    /// Under the writer lock, before messages are removed: what they say about how far the sources have come is written down.
    /// </summary>
    public void WriteDown()
    {
        foreach (SourceFollower source in _sources)
            source.WriteDown();
    }

    /// <summary>Messages have left the stream: whoever waits for room may go on.</summary>
    public void OnRemovals()
    {
        _mirror?.OnRemovals();
        foreach (SourceFollower source in _sources)
            source.OnRemovals();
    }

    private void UpdateMirror(StreamConfig config)
    {
        if (_mirror is { } mirror)
        {
            if (config.Mirror is not null)
            {
                mirror.Unblock();
                return;
            }

            _mirror = null;
            mirror.Stop(isRemoved: true);
        }
        else if (config.Mirror is { } origin)
        {
            _mirror = new MirrorFollower(_stream, origin);
        }
    }

    private Dictionary<string, SourcePosition> ReadPositions()
    {
        var positions = new Dictionary<string, SourcePosition>(StringComparer.Ordinal);
        foreach (StreamAttachment attachment in _stream.Log.Attachments.ToList())
        {
            if (SourcePosition.TryGetIndex(attachment.Key, out string index)
                && SourcePosition.TryRead(attachment.Value.Span, out SourcePosition position))
            {
                positions[index] = position;
            }
        }

        return positions;
    }

    private void Forget(List<string> indexes)
    {
        if (indexes.Count == 0)
            return;
        lock (_stream.WriterLock)
        {
            if (_stream.IsStopped)
                return;
            foreach (string index in indexes)
                _stream.Log.RemoveAttachment(SourcePosition.KeyOf(index));
        }

        _stream.Store.DeliverCommits();
    }
}
