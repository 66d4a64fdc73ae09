using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Rivulet.Storage;
using Rivulet.TestKit.Simulation;

namespace Rivulet.Crash.Tests.Simulated;

/// <summary>
/// A store under a random load, whose power is cut at the instant of every acknowledgement: an image of the disk is
/// taken as the cut would leave it, a store is opened from it, and everything acknowledged so far is looked for. The
/// load itself goes on undisturbed. One seed decides everything.
/// </summary>
internal sealed class PowerCutRun
{
    private const string Directory = "/store";

    private readonly int _seed;
    private readonly Random _random;
    private readonly SimulatedFileSystem _disk = new();
    private readonly ManualTimeProvider _time = new();
    private readonly FileMessageStore _store;
    private readonly FileStoreOptions _options;
    private readonly List<AckedRevisions> _acked = [];
    private readonly List<StreamLog> _streams = [];

    public PowerCutRun(int seed, SyncPolicy policy)
    {
        _seed = seed;
        _random = new Random(seed);
        _options = new FileStoreOptions
        {
            Directory = Directory,
            SegmentBytes = 8 << 10,
            ReservedBytes = 1 << 10,
            ReservedSequences = 16,
            SyncPolicy = policy,
        };
        _store = Open(_disk);
        AddStream("KV_one", history: 1);
        AddStream("KV_five", history: 5);
        AddStream("LOG", history: 0);
        RunRounds();
    }

    /// <summary>The disk, to set its faults.</summary>
    public SimulatedFileSystem Disk => _disk;

    /// <summary>What of unsynced writes survives the cuts; null leaves it to the seed, cut by cut.</summary>
    public UnsyncedSurvival? Survival { get; init; }

    public int AcksChecked { get; private set; }

    /// <summary>What was acknowledged and not found again, in words.</summary>
    public List<string> Lost { get; } = [];

    /// <summary>Puts until so many are acknowledged and checked, or something is lost.</summary>
    public void Run(int acks)
    {
        while (AcksChecked < acks && Lost.Count == 0)
        {
            int puts = 1 + _random.Next(6);
            for (int i = 0; i < puts; i++)
                Put();
            RunRounds();
        }
        _store.Abandon();
    }

    private void AddStream(string name, int history)
    {
        var limits = new StreamLimits { MaxMessagesPerSubject = history == 0 ? -1 : history };
        StreamLog stream = _store.CreateStream(new StreamIdentity("A", name), "c"u8, limits);
        var acked = new AckedRevisions(name, history);
        stream.Observer = new AckObserver(this, acked);
        _streams.Add(stream);
        _acked.Add(acked);
    }

    private void Put()
    {
        string key = "key." + _random.Next(8);
        string value = new((char)('a' + _random.Next(26)), _random.Next(_random.Next(20) == 0 ? 6_000 : 200));
        _streams[_random.Next(_streams.Count)].Append(new NewMessage
        {
            Subject = Encoding.UTF8.GetBytes(key),
            Payload = Encoding.UTF8.GetBytes(value),
        });
    }

    private void RunRounds()
    {
        while (_store.RunRound())
        {
        }
    }

    /// <summary>This is the instant: the commit is over, the reply is on its way, and the power goes.</summary>
    private void OnAcked(AckedRevisions acked, in CommittedMessage message)
    {
        acked.Add(message.Sequence, Encoding.UTF8.GetString(message.Subject), Encoding.UTF8.GetString(message.Payload));
        AcksChecked++;
        UnsyncedSurvival survival = Survival ?? (UnsyncedSurvival)_random.Next(2);
        FileMessageStore reopened = Open(_disk.ImageAfterPowerCut(survival, _random));
        foreach (AckedRevisions told in _acked)
        {
            StreamLog? stream = reopened.Streams.FirstOrDefault(s => s.Identity.Name == told.Stream);
            Lost.AddRange(told.FindMissing(stream).Select(what => $"seed {_seed}, ack {AcksChecked}: {what}"));
            if (stream is not null && stream.State.Lost.Count > 0)
                Lost.Add($"seed {_seed}, ack {AcksChecked}: {told.Stream} reports a loss");
        }
        reopened.Abandon();

        // What is put now is on its way when the next acknowledgement is cut off.
        if (_random.Next(3) == 0)
            Put();
    }

    private FileMessageStore Open(SimulatedFileSystem disk) =>
        FileMessageStore.Open(_options, disk, _time, _random, NullLogger.Instance, ownThreads: false);

    private sealed class AckObserver(PowerCutRun run, AckedRevisions acked) : IStreamObserver
    {
        public void OnCommitted(in StreamCommit commit)
        {
            foreach (CommittedMessage message in commit)
                run.OnAcked(acked, in message);
        }

        public void OnFailed(Exception cause) => run.Lost.Add("the store failed: " + cause.Message);
    }
}
