using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Rivulet.JetStream.Api;
using Rivulet.JetStream.Api.Errors;
using Rivulet.JetStream.Api.Handlers;
using Rivulet.JetStream.Api.Json;
using Rivulet.JetStream.Api.Models;
using Rivulet.JetStream.Hosting;
using Rivulet.JetStream.Streams;
using Rivulet.Storage;

namespace Rivulet.JetStream.Backups;

/// <summary>
/// Takes a backup in, chunk by chunk, and stores its messages as they come. The stream is in the store from the start, marked
/// as one that is being restored: nobody finds it, and a server that starts deletes it. One commit at the end takes the mark
/// away, together with what the consumers are. When anything fails before, the stream is deleted.
/// </summary>
/// <remarks>
/// Chunks come in on receive loops and wait in a queue; each is answered when it is stored, so that a client that waits for the
/// answer has one here at a time. A turn on host threads works through them, as fast as the store has room. The end runs in
/// the account's API queue, as everything that changes which streams there are.
/// </remarks>
internal sealed class RestoreRun : IMessageHandler, IRoomWaiter, ICommitWaiter
{
    // A client that does not wait for answers must not fill the memory.
    private const long WaitingBytesMax = 64 * 1024 * 1024;

    // After so much it waits for the commit: what is not committed lies in memory.
    private const int UncommittedBytesMax = 4 * 1024 * 1024;

    private static readonly TimeSpan IdleMax = TimeSpan.FromSeconds(5);

    private readonly JetStreamAccount _account;
    private readonly StreamConfig _config;
    private readonly ClientIdentity? _client;
    private readonly MessageStore _store;
    private readonly RestoredStream _stream;
    private readonly ILogger _log;
    private readonly DeliveryBatch _batch;
    private readonly WorkTurn _turn;
    private readonly ITimer _timer;
    private readonly long _startNanos;
    private readonly Lock _gate = new();
    private readonly Queue<Chunk> _chunks = new();
    private long _waitingBytes;
    private bool _isOver;
    private bool _isStalled;
    private IDisposable? _subscription;

    // The turn alone has these.
    private readonly ByteQueue _framed = new();
    private readonly ByteQueue _plain = new();
    private bool _isStarted;
    private Chunk? _present;
    private long _totalBytes;
    private int _uncommittedBytes;

    /// <summary>Makes a run; it hears nothing before <see cref="Start"/>.</summary>
    public RestoreRun(JetStreamAccount account, StreamConfig config, ClientIdentity? client, StreamLog log)
    {
        IJetStreamHost host = account.Engine.Host;
        _account = account;
        _config = config;
        _client = client;
        _store = account.Engine.StoreOf(config.Storage);
        _stream = new RestoredStream(account, config, log);
        _log = host.Logging.CreateLogger<RestoreRun>();
        _batch = account.Router.CreateBatch();
        _startNanos = host.Time.UnixNanosNow();
        _turn = new WorkTurn(host.Work, RunSlice);
        _timer = host.Time.CreateTimer(
            static run => ((RestoreRun)run!).OnIdle(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Subject = $"$JS.SNAPSHOT.RESTORE.{config.Name}.{account.Events.NewId()}";
    }

    /// <summary>Where the chunks are to be sent.</summary>
    public string Subject { get; }

    /// <summary>Begins to listen.</summary>
    public void Start()
    {
        JetStreamLog.RestoreStarted(_log, _account.Name, _config.Name);
        _subscription = _account.Router.Subscribe(Encoding.UTF8.GetBytes(Subject), this);
        _timer.Change(IdleMax, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Gives up, and leaves what is there to the next start: the server shuts down.</summary>
    public void Abandon()
    {
        lock (_gate)
            _isOver = true;
        StopListening();
        _stream.Close();
    }

    /// <inheritdoc/>
    public bool Handle(in RoutedMessage message, DeliveryBatch batch)
    {
        lock (_gate)
        {
            if (_isOver)
                return false;
            _waitingBytes += message.Payload.Length;
            _chunks.Enqueue(new Chunk(message.Payload.ToArray(), message.Reply.ToArray()));
        }

        _timer.Change(IdleMax, Timeout.InfiniteTimeSpan);
        _turn.Wake();
        return true;
    }

    void IRoomWaiter.OnRoom() => _turn.Wake();

    void ICommitWaiter.OnCommitted(LogPosition position) => _turn.Wake();

    /// <summary>The next message finds out.</summary>
    void ICommitWaiter.OnFailed(Exception cause) => _turn.Wake();

    private void OnIdle()
    {
        lock (_gate)
            _isStalled = true;
        _turn.Wake();
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever fails ends this restore, and the client is told.")]
    private bool RunSlice()
    {
        try
        {
            RunSteps();
        }
        catch (Exception failure)
        {
            Fail(failure.Message);
        }
        finally
        {
            _store.DeliverCommits();
            _batch.Flush();
        }

        return false;
    }

    /// <summary>Works through what has come, as far as it may. Whatever it waits for wakes the turn.</summary>
    private void RunSteps()
    {
        while (TryTakeChunk())
        {
            // A message is looked at before its room is asked for: without one there is nothing to wait for.
            while (_isStarted && _stream.HasNext(_plain))
            {
                if (!_store.HasRoom)
                {
                    _store.WhenRoom(this);
                    return;
                }

                _uncommittedBytes += _stream.TakeNext(_plain);
                if (_uncommittedBytes >= UncommittedBytesMax)
                {
                    _uncommittedBytes = 0;
                    _store.WhenCommitted(_store.Appended, this);
                    return;
                }
            }

            if (S2Frames.TryRead(_framed, _plain, ref _isStarted))
                continue;
            if (FinishChunk())
                return;
        }
    }

    /// <summary>Makes sure that there is a chunk to work on.</summary>
    private bool TryTakeChunk()
    {
        bool isStalled;
        lock (_gate)
        {
            if (_isOver)
                return false;
            if (_present is not null)
                return true;
            if (_waitingBytes > WaitingBytesMax)
                throw new InvalidDataException("too many chunks were sent without waiting for answers");
            if (_chunks.TryDequeue(out Chunk? next))
            {
                _waitingBytes -= next.Payload.Length;
                _present = next;
            }

            isStalled = _isStalled && _present is null;
            _isStalled = false;
        }

        if (isStalled)
            GiveUp();
        if (_present is null)
            return false;
        if (_present.Reply.Length == 0)
        {
            throw new InvalidDataException(
                $"restore for stream '{_account.Name} > {_config.Name}' requires reply subject for each chunk");
        }

        _framed.Write(_present.Payload);
        _totalBytes += _present.Payload.Length;
        return true;
    }

    /// <summary>Everything that the chunk completed is stored.</summary>
    /// <returns>Whether it was the last one.</returns>
    private bool FinishChunk()
    {
        Chunk chunk = _present!;
        _present = null;
        if (chunk.Payload.Length > 0)
        {
            lock (_gate)
                _isStalled = false;
            _timer.Change(IdleMax, Timeout.InfiniteTimeSpan);
            _account.Router.Publish(chunk.Reply, default, default, default, _batch);
            return false;
        }

        if (!_stream.IsComplete)
        {
            _present = chunk;
            throw new InvalidDataException("backup was truncated");
        }

        lock (_gate)
            _isOver = true;
        StopListening();
        var route = new ApiRoute<StreamCreateResponse>(
            "", ApiBodyRule.Any, ApiJsonContext.Relaxed, (_, response) => Finish(response)) { Audit = ApiAudit.Never };
        var message = new RoutedMessage(Encoding.UTF8.GetBytes(Subject), chunk.Reply, default, default, publisher: null);
        _account.Requests.Enqueue(route, new ApiRequest(_account, message, prefixLength: 0));
        return true;
    }

    /// <summary>In the account's API queue: makes the stream what it is to be.</summary>
    private void Finish(StreamCreateResponse response)
    {
        response.Error = _account.Directory.CheckRoomFor(_config);
        if (response.Error is { } refusal)
        {
            response.Error = JetStreamError.StreamRestore.With(refusal.Description);
            CleanUp();
            return;
        }

        LogPosition position = _stream.Complete();
        _store.DeliverCommits();
        response.SendAfter(_store, position, () =>
        {
            _stream.ReleaseUsage();
            JetStreamStream stream = _account.Directory.EndRestore(_config, _stream);
            StreamInfoWriter.Fill(response, stream, shown: true);
            response.Domain = null;
            _account.Events.StreamCreated(stream.Name);
            _account.Events.RestoreCompleted(stream.Name, _client, _startNanos, _totalBytes);
            JetStreamLog.RestoreCompleted(_log, _totalBytes, _account.Name, stream.Name);
        });
    }

    private void Fail(string reason)
    {
        JetStreamLog.RestoreFailed(_log, _totalBytes, _account.Name, _config.Name, reason);
        if (_present is { Reply.Length: > 0 } chunk)
        {
            var response = new StreamCreateResponse { Error = JetStreamError.StreamRestore.With(reason) };
            byte[] json = JsonSerializer.SerializeToUtf8Bytes(response, ApiJsonContext.Relaxed.StreamCreateResponse);
            _account.Router.Publish(chunk.Reply, default, default, json, _batch);
        }

        CleanUp();
    }

    private void GiveUp()
    {
        JetStreamLog.RestoreFailed(_log, _totalBytes, _account.Name, _config.Name, "it is stalled");
        Leave();
    }

    private void CleanUp()
    {
        Leave();
        _account.Events.RestoreCompleted(_config.Name, _client, _startNanos, _totalBytes);
    }

    private void Leave()
    {
        lock (_gate)
        {
            _isOver = true;
            _chunks.Clear();
        }

        StopListening();
        _stream.ReleaseUsage();
        _stream.Discard();
        _store.DeliverCommits();
        _account.Directory.LeaveRestore(_config.Name);
    }

    private void StopListening()
    {
        _timer.Dispose();
        _subscription?.Dispose();
    }

    private sealed record Chunk(byte[] Payload, byte[] Reply);
}
