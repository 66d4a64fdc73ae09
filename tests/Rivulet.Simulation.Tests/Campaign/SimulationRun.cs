using System.Globalization;
using Rivulet.Simulation.Tests.Model;
using Rivulet.Storage;
using Rivulet.Storage.Checking;
using Rivulet.TestKit.Simulation;

namespace Rivulet.Simulation.Tests.Campaign;

/// <summary>
/// The life of one store, from an empty disk through some twenty crashes: a random workload, a fault at a random
/// operation of the disk, a recovery (which may be cut short as well), and a comparison with what everybody was told.
/// One seed decides everything.
/// </summary>
internal sealed class SimulationRun
{
    private const string Directory = "/store";
    private const int Generations = 20;

    // A check takes as long as the rest of a generation.
    private const int CheckedOneOutOf = 4;

    private static readonly WeightedChoice<Ending> Endings = new(
        [(4, Ending.PowerCut), (1, Ending.Kill), (1, Ending.Close), (1, Ending.Failure)]);

    private readonly int _seed;
    private readonly Random _random;
    private readonly ManualTimeProvider _time = new();
    private readonly WorkloadNames _names = new();
    private readonly RunHistory _history = new();
    private readonly FileStoreOptions _options;

    private SimulatedFileSystem _disk = new();
    private FileMessageStore _store = null!;
    private Journal _journal = new(new ModelStore());

    // Whether the process died and the machine did not, and no recovery was finished since.
    private bool _wasKilled;

    // What the cut that ends the generation fell into, once there is one.
    private List<string>? _insides;

    public SimulationRun(int seed, SeededBug bug = SeededBug.None, SyncPolicy? policy = null)
    {
        _seed = seed;
        _random = new Random(seed);
        SyncPolicy drawn = _random.Next(4) == 0 ? SyncPolicy.Interval(TimeSpan.FromSeconds(1 + _random.Next(10))) : default;
        _options = new FileStoreOptions
        {
            Directory = Directory,
            SegmentBytes = (3 + _random.Next(10)) << 10,
            RoomAheadBytes = (1 + _random.Next(8)) << 10,
            ReservedBytes = 1 << 10,
            ReservedSequences = 1 + _random.Next(40),
            SyncPolicy = policy ?? drawn,

            // Every other run reads everything from the disk.
            RecentBytes = seed % 2 == 0 ? 0 : 1 << 20,
            SeededBug = bug,
        };
    }

    public Coverage Coverage { get; } = new();

    /// <summary>A hash of everything that was asked of the disk: two runs of one seed have the same.</summary>
    public ulong TraceHash => _history.TraceHash(_disk);

    /// <summary>Runs to the end, or to the first broken promise.</summary>
    /// <exception cref="SimulationFailure">A promise was broken.</exception>
    public void Run()
    {
        try
        {
            Open();
            for (int generation = 0; generation < Generations; generation++)
            {
                Live();
                Recover();
            }
            _store.Abandon();
        }
        catch (Exception e)
        {
            throw new SimulationFailure(string.Create(CultureInfo.InvariantCulture, $"""
                see it again with RIVULET_SIM_SEED={_seed}: {e.Message}
                  {_options.SyncPolicy}, segments of {_options.SegmentBytes} bytes; {Coverage}
                {_history.Describe(_disk)}
                {e.StackTrace}
                """));
        }
    }

    /// <summary>The store at work, until a fault that was drawn beforehand ends it, or no fault does.</summary>
    private void Live()
    {
        var workload = new Workload(_store, _journal, _random, _time, _names);
        Ending ending = Endings.Pick(_random);
        if (ending == Ending.Failure)
            _disk.FailOperationAfter(_random.Next(60));
        else if (ending != Ending.Close)
            _disk.CutPowerAfter(_random.Next(_random.Next(3) == 0 ? 12 : 90));
        _history.Phase = "work";
        _history.Note($"generation until {ending}");
        for (int calls = _random.Next(90); calls > 0 && _store.Failure is null; calls--)
        {
            int taken = _journal.Taken;
            workload.Step();
            foreach (string text in _journal.TextsFrom(taken))
                _history.Note(text);
            if (_random.Next(4) == 0)
                RunRounds();
            if (_random.Next(8) == 0)
                Compact();
            if (_random.Next(4) == 0)
                Snapshot();
            if (_random.Next(12) == 0)
                GiveBack();
            if (_random.Next(60) == 0)
                _disk.CapacityBytes = _random.Next(2) == 0 ? long.MaxValue : _disk.AllocatedBytes + _random.Next(12 << 10);
        }
        _disk.CapacityBytes = long.MaxValue;
        End(ending);
    }

    private void End(Ending ending)
    {
        if (ending == Ending.Close)
        {
            Close();
            return;
        }
        if (_store.Failure is not null && !_disk.IsOff)
            CheckFrozen();
        bool killed = ending == Ending.Kill || (ending == Ending.Failure && _random.Next(2) == 0);
        if (killed)
            Kill();
        else
            CutPower();
    }

    private void RunRounds()
    {
        do
        {
            int toldBefore = _journal.ToldCount;
            SegmentRoll roll = SegmentRoll.Watch(_disk);
            bool more = _store.RunRound();
            _history.Note($"round {more}: {_journal.ToldCount} of {_journal.Taken} told, {_disk.Trace.Last}");
            if (_disk.IsOff)
                CountCutInRound(toldBefore, roll);
            if (!more)
                return;
            if (_options.SyncPolicy.IsAlways || !_disk.HasUnsynced)
                _journal.Promise();
        }
        while (true);
    }

    private void Compact()
    {
        try
        {
            while (_store.Failure is null && !_disk.IsOff && _random.Next(4) != 0)
            {
                ModelStore before = StoreReader.Read(_store);
                if (!_store.RunCompaction())
                    break;
                Coverage.Count("compaction");
                _history.Note($"compacted, {_disk.Trace.Last}");
                if (!_disk.IsOff)
                    CheckUnchanged(before);
            }
        }
        catch (IOException e)
        {
            _history.Note($"compaction failed, {_disk.Trace.Last}: {e.Message}");
        }
        if (_disk.IsOff)
            _insides ??= ["Compaction"];
    }

    private void Snapshot()
    {
        while (_store.Failure is null && !_disk.IsOff && _random.Next(3) != 0 && _store.RunSnapshot())
        {
            Coverage.Count("snapshot");
            _history.Note($"snapshot, {_disk.Trace.Last}");
        }
        if (_disk.IsOff)
            _insides ??= ["Snapshot"];
    }

    private void GiveBack()
    {
        if (_store.Failure is not null || _disk.IsOff)
            return;
        _store.RunGivingBack(RunRounds);
        Coverage.Count("giving back");
        _history.Note($"given back, {_disk.Trace.Last}");
        if (_disk.IsOff)
            _insides ??= ["GivingBack"];
    }

    /// <summary>Nobody sees anything of a compaction.</summary>
    private void CheckUnchanged(ModelStore before)
    {
        ModelStore after = StoreReader.Read(_store);
        foreach ((string name, ModelStream stream) in before.Streams)
            Check(stream.DifferenceInMessages(after[name]) is null, $"compaction changed {name}: {stream.DifferenceInMessages(after[name])}");
    }

    private void CountCutInRound(int toldBefore, SegmentRoll roll)
    {
        StepKinds kinds = _journal.Untold;
        if (_journal.ToldCount > toldBefore)
            kinds |= _journal.KindsFrom(toldBefore) & StepKinds.Erasure;
        List<string> insides = [.. Enum.GetValues<StepKinds>()
            .Where(kind => kind != StepKinds.None && (kinds & kind) != 0)
            .Select(kind => kind.ToString())];
        if (roll.IsInside(_disk))
            insides.Add("SegmentRoll");
        _insides = insides;
    }

    private void Close()
    {
        _history.Phase = "close";
        if (_random.Next(2) == 0)
            _disk.CutPowerAfter(_random.Next(8));
        _store.DisposeAsync().AsTask().GetAwaiter().GetResult();
        if (_disk.IsOff)
        {
            _insides = ["Close"];
            CutPower();
            return;
        }
        Check(_store.Failure is ObjectDisposedException, $"closing failed: {_store.Failure}");
        Check(_journal.ToldCount == _journal.Taken, "closed without telling of every commit");
        _journal.Promise();
        Coverage.Count("clean close");
        Restart(_disk.ImageAfterPowerCut(UnsyncedSurvival.None, _random));
    }

    private void Kill()
    {
        _store.Abandon();
        _insides = null;
        _wasKilled = true;
        Coverage.Count("killed process");
        _history.Note("killed");
        _disk.ForgetFaults();
        _disk.KillProcesses();
    }

    private void CutPower()
    {
        _store.Abandon();
        Coverage.CountCut(_insides ?? ["between rounds"]);
        _history.Note($"cut in {string.Join(' ', _insides ?? [])} at {_disk.Trace.Last}");
        _insides = null;
        Restart(_disk.ImageAfterPowerCut(DrawSurvival(), _random));
    }

    private UnsyncedSurvival DrawSurvival() => _random.Next(10) switch
    {
        < 2 => UnsyncedSurvival.None,
        2 => UnsyncedSurvival.All,
        _ => UnsyncedSurvival.Random,
    };

    private void Restart(SimulatedFileSystem disk)
    {
        _history.Close(_disk);
        _disk = disk;
    }

    /// <summary>Opens the store again, at times only after cuts within recovery, and compares.</summary>
    private void Recover()
    {
        _history.Phase = "recovery";
        while (_random.Next(3) == 0)
        {
            _disk.CutPowerAfter(_random.Next(8));
            try
            {
                Open();
                _store.Abandon();
            }
            catch (IOException) when (_disk.IsOff)
            {
            }
            if (!_disk.IsOff)
            {
                _disk.ForgetFaults();
                break;
            }

            // What a dead process left unsynced goes with the power, as far as the policy lets it.
            _wasKilled = false;
            Coverage.CountCut(["Recovery"]);
            _history.Note($"cut in recovery at {_disk.Trace.Last}");
            Restart(_disk.ImageAfterPowerCut(DrawSurvival(), _random));
        }
        CheckOffline();
        SimulatedFileSystem found = _disk.ImageAfterPowerCut(UnsyncedSurvival.All, new Random(1));
        Open();
        if (_wasKilled || _options.SyncPolicy.IsAlways)
            _journal.Promise();
        _wasKilled = false;
        Compare();
        if (_store.Context.Segments.InOrder.Any(segment => segment.SnapshotBytes > 0))
            CompareWithoutSnapshots(found);
    }

    /// <summary>What a crash leaves is no damage, and looking at it changes nothing.</summary>
    private void CheckOffline()
    {
        if (_seed % CheckedOneOutOf != 0 || !_disk.Files.Any(_disk.StartsWithContent))
            return;
        _history.Phase = "check";
        using OfflineStore store = OfflineStore.Open(Directory, _disk, _time);
        StoreFinding? damage = store.Check().Findings.FirstOrDefault(finding => finding.IsDamage);
        Check(damage is null, $"a check takes what a crash left for damage: {damage}");
        Coverage.Count("checked");
    }

    private void Compare()
    {
        _history.Phase = "comparison";
        ModelStore read = StoreReader.Read(_store);
        foreach (StreamLog stream in _store.Streams)
            Check(stream.State.Lost.Count == 0, $"{stream.Identity} reports lost {string.Join(',', stream.State.Lost)}");
        ModelStore? explained = _journal.Explain(read, mayGap: !_options.SyncPolicy.IsAlways, out string difference);
        if (explained is null)
            throw new SimulationFailure($"nothing that was done leaves this, with {_journal.ToldCount} of {_journal.Taken} told: {difference}");
        foreach ((string name, ModelStream stream) in explained.Streams)
        {
            ulong last = read[name].Last;
            ulong told = _journal.Told.Streams.GetValueOrDefault(name) is { } known && known.Incarnation == stream.Incarnation
                ? known.Last : 0;
            Check(last >= told, $"{name} goes on behind {last}, and {told} was told of");
            stream.Last = last;
        }
        _journal = new Journal(explained);
    }

    /// <summary>A snapshot spares reading a segment, and changes nothing else.</summary>
    private void CompareWithoutSnapshots(SimulatedFileSystem found)
    {
        _history.Phase = "comparison without snapshots";
        Coverage.Count("recovery with snapshots");
        foreach (string path in found.Files.Where(path => path.EndsWith(".snapshot", StringComparison.Ordinal)))
            found.Delete(path);
        bool isDamaged = false;
        var logger = new HistoryLogger(line => isDamaged |= line.Contains("is damaged", StringComparison.Ordinal));
        FileMessageStore store = FileMessageStore.Open(_options, found, _time, new Random(1), logger, ownThreads: false);
        List<string> with = StoreInternals.Of(_store);
        List<string> without = StoreInternals.Of(store);
        string difference = string.Join("\n  ", with.Except(without).Select(line => "+ " + line).Concat(without.Except(with).Select(line => "- " + line)));

        // A message that was being overwritten when the power went tells nothing any more; a snapshot may know its time.
        Check(with.SequenceEqual(without) || isDamaged, $"with snapshots (+) the store opens to something else than without (-):\n  {difference}");
        store.Abandon();
    }

    /// <summary>After a failure nothing is taken any more, and everybody still reads what was committed.</summary>
    private void CheckFrozen()
    {
        _history.Phase = "frozen store";
        Coverage.Count("failed operation");
        ModelStore read = StoreReader.Read(_store);
        foreach ((string name, ModelStream told) in _journal.Told.Streams)
        {
            if (!read.Streams.TryGetValue(name, out ModelStream? stream))
                continue;
            if (_journal.Newest.Streams.TryGetValue(name, out ModelStream? newest) && newest.Incarnation == told.Incarnation)
                Check(told.DifferenceInMessages(stream) is null, $"{name}: {told.DifferenceInMessages(stream)}");
        }
        int toldCount = _journal.ToldCount;
        foreach (StreamLog stream in _store.Streams)
        {
            AppendResult result = stream.Append(new NewMessage { Subject = "k.0"u8 });
            Check(result.Status == AppendStatus.Failed, $"a store that failed answers {result.Status}");
        }
        _store.RunRound();
        Check(_journal.ToldCount == toldCount, "a store that failed commits");
    }

    private void Open() => _store = FileMessageStore.Open(
        _options, _disk, _time, new Random(_random.Next()), new HistoryLogger(_history.Note), ownThreads: false);

    private static void Check(bool holds, string complaint)
    {
        if (!holds)
            throw new SimulationFailure(complaint);
    }

    /// <summary>What ends a generation, unless the workload is over first.</summary>
    private enum Ending
    {
        /// <summary>The power goes.</summary>
        PowerCut,

        /// <summary>The process dies.</summary>
        Kill,

        /// <summary>The store is closed; at times the power goes meanwhile.</summary>
        Close,

        /// <summary>An operation of the disk fails, and the store stops.</summary>
        Failure,
    }
}
