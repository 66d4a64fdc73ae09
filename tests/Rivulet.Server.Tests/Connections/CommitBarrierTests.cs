using Microsoft.Extensions.Logging.Abstractions;
using Rivulet.JetStream.Hosting;
using Rivulet.Protocol;
using Rivulet.Server.Connections;
using Rivulet.Server.Accounts;
using Rivulet.Server.Hosting;
using Rivulet.Server.SystemRequests;
using Rivulet.Server.Transports;
using Rivulet.Server.Work;
using Rivulet.Storage;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Connections;

/// <summary>A PONG waits for the commit of what its connection published, and nothing of that connection passes it.</summary>
public sealed class CommitBarrierTests : IAsyncLifetime
{
    private readonly Barrier _barrier = new();
    private readonly WorkScheduler _work = new("test", 1, NullLogger.Instance);
    private readonly RunningLoops _loops = new(NullLogger.Instance);
    private ConnectionEnvironment _environment = null!;

    public ValueTask InitializeAsync()
    {
        var options = new NatsServerOptions { NoShortFirstPing = true };
        var random = new Random(1);
        _environment = new ConnectionEnvironment
        {
            Options = options,
            Time = TimeProvider.System,
            Log = NullLogger.Instance,
            Random = random,
            Work = _work,
            Loops = _work,
            Accounts = new AccountRegistry(_work, random, TimeProvider.System),
            Info = new ServerInfo { MaxPayload = 1000 },
            Connections = new ConnectionTable(),
            Stamp = new ServerStamp(new ServerIdentity("test", null), options),
            CommitBarrier = _barrier,
        };
        _environment.Accounts.Global.Router.Subscribe("store"u8, new Store());
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        _barrier.Commit(new LogPosition(long.MaxValue));
        await _loops.Close();
        _work.Dispose();
    }

    [Fact]
    public async Task A_PONG_comes_after_the_commit_of_what_was_published_before_the_PING()
    {
        await using var client = await ConnectAsync();
        await client.SendAsync("PUB store 1\r\n5\r\nPING\r\n");
        await Eventually.Holds(() => _barrier.Waiting == 1);
        Assert.Equal(0, await client.DrainAsync(TimeSpan.FromMilliseconds(50)));
        _barrier.Commit(new LogPosition(4));
        Assert.Equal(0, await client.DrainAsync(TimeSpan.FromMilliseconds(50)));
        _barrier.Commit(new LogPosition(5));
        await client.ExpectAsync("PONG\r\n");
    }

    [Fact]
    public async Task A_PONG_without_anything_to_wait_for_comes_at_once()
    {
        _barrier.Commit(new LogPosition(7));
        await using var client = await ConnectAsync();
        await client.SendAsync("PUB store 1\r\n7\r\nPING\r\n");
        await client.ExpectAsync("PONG\r\n");
        Assert.Equal(0, _barrier.Waited);
    }

    [Fact]
    public async Task What_follows_the_PING_waits_with_it()
    {
        await using var client = await ConnectAsync();
        await client.SendAsync("SUB a 1\r\nPUB store 1\r\n5\r\nPING\r\nPUB a 1\r\nx\r\nPUB store 1\r\n9\r\nPING\r\nPING\r\nPUB a 1\r\ny\r\n");
        await Eventually.Holds(() => _barrier.Waiting == 1);
        Assert.Equal(0, await client.DrainAsync(TimeSpan.FromMilliseconds(50)));
        _barrier.Commit(new LogPosition(5));
        await client.ExpectAsync("PONG\r\nMSG a 1 1\r\nx\r\n");
        await Eventually.Holds(() => _barrier.Waiting == 1);
        _barrier.Commit(new LogPosition(9));
        await client.ExpectAsync("PONG\r\nPONG\r\nMSG a 1 1\r\ny\r\n");
    }

    [Fact]
    public async Task Another_connection_does_not_wait()
    {
        await using var client = await ConnectAsync();
        await client.SendAsync("PUB store 1\r\n5\r\nPING\r\n");
        await Eventually.Holds(() => _barrier.Waiting == 1);
        await using var other = await ConnectAsync();
        Assert.Equal("", await other.PingAsync());
    }

    [Fact]
    public async Task A_commit_that_fails_releases_the_PONG()
    {
        await using var client = await ConnectAsync();
        await client.SendAsync("PUB store 1\r\n5\r\nPING\r\n");
        await Eventually.Holds(() => _barrier.Waiting == 1);
        _barrier.Fail(new IOException("disk"));
        await client.ExpectAsync("PONG\r\n");
    }

    [Fact]
    public async Task A_publisher_is_not_read_from_while_too_much_waits_for_the_disk()
    {
        await using var client = await ConnectAsync();
        await client.SendAsync("SUB a 1\r\n");
        await client.PingAsync();
        _barrier.Fill();
        await client.SendAsync("PUB a 1\r\nx\r\n");
        await client.ExpectAsync("MSG a 1 1\r\nx\r\n");
        await client.SendAsync("PUB a 1\r\ny\r\n");
        Assert.Equal(0, await client.DrainAsync(TimeSpan.FromMilliseconds(50)));
        _barrier.MakeRoom();
        await client.ExpectAsync("MSG a 1 1\r\ny\r\n");
    }

    private async Task<RawClient> ConnectAsync()
    {
        var (client, server) = InProcessPipe.CreatePair();
        var connection = new ClientConnection(_environment.Connections.NextId(), new PipeTransport(server), ConnectionPeer.Plain, _environment);
        _environment.Connections.TryAdd(connection, -1);
        Assert.True(_loops.TryBegin());
        _work.Queue(new ConnectionStart(connection, admitted: true, _loops));
        var raw = await RawClient.OverAsync(client);
        await raw.SendAsync("CONNECT {\"verbose\":false}\r\n");
        return raw;
    }

    /// <summary>Appends at the position that the payload names.</summary>
    private sealed class Store : IMessageHandler
    {
        public bool Handle(in RoutedMessage message, DeliveryBatch batch)
        {
            message.Publisher!.PendingCommit = new LogPosition(message.Payload[0] - '0');
            return true;
        }
    }

    private sealed class Barrier : ICommitBarrier
    {
        private readonly Lock _lock = new();
        private readonly List<(LogPosition Position, ICommitWaiter Waiter)> _waiting = [];
        private LogPosition _committed;
        private TaskCompletionSource _room = new();

        public Barrier()
        {
            _room.SetResult();
        }

        public int Waited { get; private set; }

        public int Waiting
        {
            get
            {
                lock (_lock)
                    return _waiting.Count;
            }
        }

        public bool HasRoom => _room.Task.IsCompleted;

        public bool HasSettled(PublisherContext publisher)
        {
            lock (_lock)
                return publisher.PendingCommit <= _committed;
        }

        public void WhenSettled(PublisherContext publisher, ICommitWaiter waiter)
        {
            lock (_lock)
            {
                Waited++;
                if (publisher.PendingCommit > _committed)
                {
                    _waiting.Add((publisher.PendingCommit, waiter));
                    return;
                }
            }

            waiter.OnCommitted(publisher.PendingCommit);
        }

        public void WhenRoom(IRoomWaiter waiter)
        {
            _room.Task.GetAwaiter().OnCompleted(waiter.OnRoom);
        }

        public void Fill()
        {
            _room = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        public void MakeRoom()
        {
            _room.SetResult();
        }

        public void Commit(LogPosition position)
        {
            foreach (var waiter in Take(position))
                waiter.OnCommitted(position);
        }

        public void Fail(Exception cause)
        {
            foreach (var waiter in Take(new LogPosition(long.MaxValue)))
                waiter.OnFailed(cause);
        }

        private List<ICommitWaiter> Take(LogPosition position)
        {
            lock (_lock)
            {
                _committed = position;
                var due = _waiting.Where(wait => wait.Position <= position).Select(wait => wait.Waiter).ToList();
                _waiting.RemoveAll(wait => wait.Position <= position);
                return due;
            }
        }
    }
}
