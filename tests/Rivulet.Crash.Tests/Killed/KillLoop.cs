using System.Globalization;
using Rivulet.Client;
using Rivulet.TestKit.Processes;

namespace Rivulet.Crash.Tests.Killed;

/// <summary>
/// Rounds of: start the server on the store that the last round left, compare the buckets with the ledgers, load it over
/// several connections, and kill it in the middle of the load.
/// </summary>
internal sealed class KillLoop(int seed) : IAsyncDisposable
{
    private const int Connections = 4;
    private const int WritersOfABucket = 6;
    private const int AcknowledgedMax = 4_000;
    private static readonly TimeSpan s_roundLimit = TimeSpan.FromSeconds(20);

    private readonly (string Name, RevisionLedger Ledger)[] _buckets =
    [
        ("one", new RevisionLedger("one", history: 1)),
        ("three", new RevisionLedger("three", history: 3)),
        ("eight", new RevisionLedger("eight", history: 8)),
    ];

    private readonly WorkReader _reader = new();
    private readonly Random _random = new(seed);
    private ServerProcess? _server;
    private int _round;

    public int Rounds => _round;

    public long AcknowledgedCount => _buckets.Sum(bucket => bucket.Ledger.AcknowledgedCount);

    public long LostCount => _buckets.Sum(bucket => bucket.Ledger.LostCount);

    public int ConfirmedAckCount => _reader.ConfirmedCount;

    public ServerProcess Server => _server!;

    /// <summary>Starts the server on an empty store and creates what the load needs.</summary>
    public async Task StartAsync()
    {
        _server = await ServerProcess.StartAsync(new ServerProcessOptions
        {
            // Our server does so without being told; another may need to be, before the loop can be held against it.
            Configuration = BuiltPrograms.IsServerOverridden ? "jetstream { sync_interval: always }" : null,
        });
        await using NatsConnection connection = await ConnectAsync();
        foreach ((string name, _) in _buckets)
        {
            await JetStreamRequests.CreateBucketAsync(connection, name, history: name switch { "one" => 1, "three" => 3, _ => 8 });
        }

        await WorkReader.CreateAsync(connection);
    }

    /// <summary>Loads the server, and kills it after a random number of acknowledged writes, the load still running.</summary>
    public async Task LoadAndKillAsync()
    {
        _round++;
        long acknowledged = 0;
        int killAfter = _random.Next(1, AcknowledgedMax);
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        List<NatsConnection> connections = [];
        for (int i = 0; i < Connections; i++)
        {
            connections.Add(await ConnectAsync());
        }

        List<Task> load = [.. Writers(connections).Select(writer => writer.RunAsync(OnAcknowledged)), _reader.RunAsync(connections[0])];
        Task failed = FirstFailureAsync(load);
        Task first = await Task.WhenAny(reached.Task, failed, Task.Delay(s_roundLimit));
        await Server.KillAsync();
        await Task.WhenAll(load);
        foreach (NatsConnection connection in connections)
        {
            await connection.DisposeAsync();
        }

        Assert.True(first == reached.Task, $"only {acknowledged} of {killAfter} writes were acknowledged within {s_roundLimit}");

        void OnAcknowledged()
        {
            if (Interlocked.Increment(ref acknowledged) == killAfter)
            {
                reached.TrySetResult();
            }
        }
    }

    /// <summary>Starts the server again on its store and returns what is wrong with what it holds.</summary>
    public async Task<IReadOnlyList<string>> RestartAndCheckAsync()
    {
        await Server.StartAgainAsync();
        await using NatsConnection connection = await ConnectAsync();
        List<string> violations = [.. _reader.TakeViolations()];
        foreach ((string name, RevisionLedger ledger) in _buckets)
        {
            IReadOnlyList<StoredRevision> stored = await JetStreamRequests.ReadBucketAsync(connection, name);
            violations.AddRange(ledger.Check(stored));
            long counted = (await JetStreamRequests.ApiAsync(connection, $"STREAM.INFO.KV_{name}"))
                .GetProperty("state").GetProperty("messages").GetInt64();
            if (counted != stored.Count)
            {
                violations.Add(string.Create(
                    CultureInfo.InvariantCulture, $"{name}: the stream counts {counted} messages and holds {stored.Count}"));
            }
        }

        return violations;
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Rounds} kills, {AcknowledgedCount} writes acknowledged, {LostCount} lost; "
        + $"{_buckets.Sum(b => b.Ledger.UnansweredButStoredCount)} stored though never answered; "
        + $"{_reader.ConfirmedCount} acks confirmed (seed {seed})");

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }

    private IEnumerable<BucketWriter> Writers(List<NatsConnection> connections) =>
        from connection in Enumerable.Range(0, Connections)
        from bucket in _buckets
        from writer in Enumerable.Range(0, WritersOfABucket)
        select new BucketWriter(
            connections[connection], bucket.Name, bucket.Ledger, $"{_round}.{connection}.{bucket.Name}.{writer}", _random.Next());

    private static async Task FirstFailureAsync(List<Task> load)
    {
        List<Task> running = [.. load];
        while (running.Count > 0)
        {
            Task done = await Task.WhenAny(running);
            if (done.IsFaulted)
            {
                return;
            }

            running.Remove(done);
        }
    }

    private Task<NatsConnection> ConnectAsync() => NatsConnection.ConnectAsync(new NatsConnectionOptions
    {
        Servers = [Server.Url],
        MaxReconnectAttempts = 0,
        RequestTimeout = TimeSpan.FromSeconds(10),
    });
}
