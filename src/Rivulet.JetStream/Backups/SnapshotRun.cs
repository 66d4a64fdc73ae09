using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Rivulet.JetStream.Api.Json;
using Rivulet.JetStream.Api.Models;
using Rivulet.JetStream.Hosting;
using Rivulet.JetStream.Streams;

namespace Rivulet.JetStream.Backups;

/// <summary>
/// Sends the backup of a stream in chunks, as fast as the receiver acknowledges them. The end is an empty message whose status
/// says how it went.
/// </summary>
/// <remarks>
/// Runs on host threads in slices. Acks, the clock and interest come in on other threads; they leave a word under the lock, a
/// leaf, and wake it. Everything else belongs to the slice that runs.
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "A run gives back what it has when it ends; it has no other owner.")]
internal sealed class SnapshotRun : IMessageHandler, IInterestObserver
{
    private const int SliceChunks = 16;

    private static readonly TimeSpan AckWait = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan InterestWait = TimeSpan.FromSeconds(2);

    private readonly JetStreamStream _stream;
    private readonly ClientIdentity? _client;
    private readonly SnapshotRequest _request;
    private readonly byte[] _deliverTo;
    private readonly string _ackSubject;
    private readonly BackupWriter _writer;
    private readonly DeliveryBatch _batch;
    private readonly WorkTurn _turn;
    private readonly ITimer _timer;
    private readonly long _startNanos;
    private readonly Lock _gate = new();
    private IDisposable? _acks;
    private IDisposable? _watch;
    private int _free;
    private bool _mayStart;
    private bool _isTimeUp;
    private Ending? _ending;
    private int _index;
    private bool _isOver;

    /// <summary>Makes a run; it does nothing before <see cref="Start"/>.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="request">What was asked for.</param>
    /// <param name="client">Who asked.</param>
    /// <param name="state">State of the stream, which the backup is told to hold.</param>
    public SnapshotRun(JetStreamStream stream, SnapshotRequest request, ClientIdentity? client, StreamStateModel state)
    {
        IJetStreamHost host = stream.Account.Engine.Host;
        _stream = stream;
        _request = request;
        _client = client;
        _deliverTo = Encoding.UTF8.GetBytes(request.DeliverSubject);
        _ackSubject = $"$JS.SNAPSHOT.ACK.{stream.Name}.{stream.Account.Events.NewId()}";
        _startNanos = host.Time.UnixNanosNow();
        _writer = new BackupWriter(stream, state, !request.NoConsumers);
        _batch = stream.Router.CreateBatch();
        _free = request.ChunksMax;
        _turn = new WorkTurn(host.Work, RunSlice);
        _timer = host.Time.CreateTimer(
            static run => ((SnapshotRun)run!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Begins, once the receiver is there or has had time to come.</summary>
    public void Start()
    {
        _acks = _stream.Router.Subscribe(Encoding.UTF8.GetBytes(_ackSubject + ".>"), this);
        _watch = _stream.Router.WatchInterest(_deliverTo, queueGroup: null, this);
        _timer.Change(InterestWait, Timeout.InfiniteTimeSpan);
        if (_stream.Router.IsHeard(_deliverTo))
            Begin();
    }

    /// <inheritdoc/>
    public bool Handle(in RoutedMessage message, DeliveryBatch batch)
    {
        lock (_gate)
            _free = Math.Min(_free + 1, _request.ChunksMax);
        _turn.Wake();
        return true;
    }

    void IInterestObserver.OnInterestChanged(bool hasInterest)
    {
        if (hasInterest)
        {
            Begin();
            return;
        }

        lock (_gate)
        {
            if (!_mayStart)
                return;
            _ending ??= new Ending("408 No Interest", "no interest");
        }

        _turn.Wake();
    }

    private void Begin()
    {
        lock (_gate)
            _mayStart = true;
        _turn.Wake();
    }

    private void OnTimer()
    {
        lock (_gate)
        {
            _isTimeUp = _mayStart;
            _mayStart = true;
        }

        _turn.Wake();
    }

    /// <summary>Sends some chunks.</summary>
    /// <returns>Whether more could be sent at once.</returns>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever fails ends this backup, and the receiver is told.")]
    private bool RunSlice()
    {
        if (_isOver)
            return false;
        try
        {
            for (int i = 0; i < SliceChunks; i++)
            {
                if (FindEnding() is { } ending)
                {
                    End(ending);
                    return false;
                }

                if (!TryTakeSlot())
                    return false;
                if (!SendChunk())
                {
                    End(new Ending("204", Error: null));
                    return false;
                }
            }

            _batch.Flush();
            return true;
        }
        catch (Exception failure)
        {
            End(Ending.Of(failure.Message.ReplaceLineEndings(" ")));
            return false;
        }
        finally
        {
            _batch.Flush();
        }
    }

    /// <summary>What ends it before its time; <c>null</c> while nothing does.</summary>
    private Ending? FindEnding()
    {
        if (_stream.IsStopped)
            return Ending.Of("stream closed");
        lock (_gate)
        {
            if (_isTimeUp && _free == 0)
                _ending ??= new Ending("408 No Flow Response", "no flow response");
            _isTimeUp = false;
            return _ending;
        }
    }

    private bool TryTakeSlot()
    {
        lock (_gate)
        {
            if (!_mayStart || _free == 0)
                return false;
            _free--;
            return true;
        }
    }

    /// <summary>Sends the next chunk. The last one, which is shorter, needs no ack.</summary>
    /// <returns>Whether it was not the last one.</returns>
    private bool SendChunk()
    {
        bool isWhole = _writer.Fill(_request.ChunkBytes);
        ReadOnlySpan<byte> chunk = _writer.Ready[..Math.Min(_request.ChunkBytes, _writer.Ready.Length)];
        byte[] reply = isWhole
            ? Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{_ackSubject}.{chunk.Length}.{++_index}"))
            : [];
        if (!chunk.IsEmpty)
            _stream.Router.Publish(_deliverTo, reply, default, chunk, _batch);
        _writer.Consume(chunk.Length);
        if (isWhole)
            _timer.Change(AckWait, Timeout.InfiniteTimeSpan);
        return isWhole;
    }

    private void End(Ending ending)
    {
        _isOver = true;
        _timer.Dispose();
        _watch?.Dispose();
        _acks?.Dispose();
        _writer.Dispose();
        _stream.Router.Publish(_deliverTo, default, Encoding.UTF8.GetBytes($"NATS/1.0 {ending.Status}\r\n\r\n"), default, _batch);
        _batch.Flush();
        _stream.Account.Events.SnapshotCompleted(_stream.Name, _client, _startNanos, ending.Error);
    }

    /// <summary>How it ends.</summary>
    /// <param name="Status">What the receiver is told.</param>
    /// <param name="Error">What those who listen for events are told; <c>null</c> if all is well.</param>
    private sealed record Ending(string Status, string? Error)
    {
        public static Ending Of(string error) => new("500 " + error, error);
    }
}
