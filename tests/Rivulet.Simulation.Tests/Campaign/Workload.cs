using System.Text;
using Rivulet.Simulation.Tests.Model;
using Rivulet.Storage;
using Rivulet.TestKit.Simulation;

namespace Rivulet.Simulation.Tests.Campaign;

/// <summary>
/// Random calls of a store, each held against the model before it is written into the journal. One thread; a seed
/// decides everything.
/// </summary>
internal sealed class Workload
{
    private static readonly string[] Subjects = ["k.0", "k.1", "k.2", "k.3", "k.4", "j.0", "j.1", "j.2"];
    private static readonly string[] Filters = ["", ">", "k.*", "*.1", "j.>", "k.2", "j.0"];
    private static readonly string[] Keys = ["c1", "c2", "c3"];

    private readonly FileMessageStore _store;
    private readonly Journal _journal;
    private readonly Random _random;
    private readonly ManualTimeProvider _time;
    private readonly WorkloadNames _names;
    private readonly Dictionary<string, (StreamLog Log, StreamEar Ear)> _streams = [];
    private readonly bool _keepsMuch;
    private readonly WeightedChoice<Action<string>> _calls;

    // Steps of the journal whose commit somebody waits for.
    private int _awaited;

    /// <summary>Makes a workload.</summary>
    /// <param name="store">The store to call.</param>
    /// <param name="journal">Where calls are written down.</param>
    /// <param name="random">Decides everything.</param>
    /// <param name="time">The store's clock, which calls move.</param>
    /// <param name="names">Names and payloads.</param>
    /// <param name="keepsMuch">Whether most of what is put is to stay.</param>
    public Workload(
        FileMessageStore store, Journal journal, Random random, ManualTimeProvider time, WorkloadNames names,
        bool keepsMuch = false)
    {
        _keepsMuch = keepsMuch;
        (_store, _journal, _random, _time, _names) = (store, journal, random, time, names);
        foreach (StreamLog stream in store.Streams)
            Listen(stream);
        _calls = new WeightedChoice<Action<string>>(keepsMuch
            ?
            [
                (320, Put), (60, PutExpecting), (60, Rollup), (50, Remove), (12, Purge), (30, Expire), (70, ChangeAttachment),
                (20, AppendBatch), (12, Configure), (8, SkipTo), (2, DeleteStream), (12, _ => CreateStream()),
            ]
            :
            [
                (40, Put), (8, AppendBatch), (8, PutExpecting), (9, Rollup), (8, Remove), (6, Purge), (6, Expire), (9, ChangeAttachment),
                (5, Configure), (2, SkipTo), (2, DeleteStream), (3, _ => CreateStream()),
            ]);
    }

    /// <summary>Makes one call.</summary>
    public void Step()
    {
        if (_random.Next(8) == 0)
            _time.Advance(TimeSpan.FromMilliseconds(_random.Next(2_000)));
        if (_journal.Newest.Streams.Count == 0)
            CreateStream();
        else
            _calls.Pick(_random)(_journal.Newest.Streams.Keys.ElementAt(_random.Next(_journal.Newest.Streams.Count)));
        foreach ((StreamLog _, StreamEar ear) in _streams.Values)
            Check(ear.Complaint is null, ear.Complaint ?? "");
    }

    private ModelStream Model(string name) => _journal.Newest[name];

    private void CreateStream()
    {
        string name = WorkloadNames.Free(_random, _journal.Newest.Streams.Keys);
        if (name.Length == 0)
            return;
        StreamLimits limits = RandomLimits();
        string configuration = _names.Next("config");
        Listen(_store.CreateStream(new StreamIdentity("A", name), Encoding.UTF8.GetBytes(configuration), limits));
        int incarnation = _names.NextNumber();
        Add(StepKinds.StreamCreation, $"create {name} {limits}", store => store.Streams.Add(name, new ModelStream
        {
            Configuration = configuration,
            Limits = limits,
            Incarnation = incarnation,
        }));
        Await(_store.Appended);
    }

    private void DeleteStream(string name)
    {
        LogPosition position = _streams[name].Log.Delete();
        Add(StepKinds.StreamDeletion, $"delete {name}", store => store.Streams.Remove(name));
        Await(position);
    }

    private void Put(string name) => Append(name, Pick(Subjects), RollupScope.None);

    private void Rollup(string name) =>
        Append(name, Pick(Subjects), _random.Next(_keepsMuch ? 40 : 4) == 0 ? RollupScope.All : RollupScope.Subject);

    /// <summary>As an update of a key with an expected revision: decided by the writer's view, tail included.</summary>
    private void PutExpecting(string name)
    {
        string subject = Pick(Subjects);
        ulong expected = _streams[name].Log.TailLastSequenceOf(Encoding.UTF8.GetBytes(subject));
        Check(expected == Model(name).LastOf(subject), $"{name} {subject} is said to be at {expected}");
        if (_random.Next(4) > 0)
            Append(name, subject, RollupScope.None);
    }

    private void Append(string name, string subject, RollupScope rollup)
    {
        (StreamLog log, StreamEar ear) = _streams[name];
        byte[] payload = _names.Payload(_random);
        long expires = RandomExpiry();
        long sizeBytes = log.AccountedSizeBytes(subject.Length, 0, payload.Length);
        AppendStatus expected = Model(name).Judge(subject, sizeBytes, rollup);
        AppendResult result = log.Append(new NewMessage
        {
            Subject = Encoding.UTF8.GetBytes(subject),
            Payload = payload,
            ExpiresAtNanos = expires,
            Rollup = rollup,
        });
        if (result.Status == AppendStatus.OutOfSpace && _store.OutOfSpace is not null)
            return;
        Check(result.Status == expected, $"append to {name} {subject}: {result.Status}, expected {expected}");
        if (result.Status != AppendStatus.Stored)
            return;
        Check(result.Sequence == Model(name).Last + 1, $"append to {name} got sequence {result.Sequence}");
        if (rollup == RollupScope.None)
        {
            foreach (ulong surplus in Model(name).SurplusOf(subject))
                AddRemoval(StepKinds.Removal, name, [surplus]);
        }
        var message = new ModelMessage(result.Sequence, subject, payload, result.TimestampNanos, expires, sizeBytes);
        ear.Expect(message);
        Add(
            rollup == RollupScope.None ? StepKinds.Put : StepKinds.Rollup, $"append {name} {message} {rollup}",
            store => store[name].Append(message, rollup));
        Await(result.Position);
    }

    private void AppendBatch(string name)
    {
        (StreamLog log, StreamEar ear) = _streams[name];
        var planned = Model(name).Copy();
        var messages = new BatchMessage[1 + _random.Next(6)];
        var expected = new List<(ModelMessage Message, RollupScope Rollup)>();
        AppendStatus status = AppendStatus.Stored;
        for (int i = 0; i < messages.Length; i++)
        {
            string subject = Pick(Subjects);
            byte[] payload = _names.Payload(_random);
            RollupScope rollup = _random.Next(10) == 0 ? RollupScope.Subject : RollupScope.None;
            messages[i] = new BatchMessage { Subject = Encoding.UTF8.GetBytes(subject), Payload = payload, Rollup = rollup };
            long sizeBytes = log.AccountedSizeBytes(subject.Length, 0, payload.Length);
            if (status == AppendStatus.Stored)
                status = planned.Judge(subject, sizeBytes, rollup);
            if (planned.SurplusOf(subject).Count > 0)
                return;
            expected.Add((new ModelMessage(planned.Last + 1, subject, payload, 0, 0, sizeBytes), rollup));
            planned.Append(expected[^1].Message, rollup);
        }
        BatchResult result = log.AppendBatch(messages);
        if (result.Status == AppendStatus.OutOfSpace && _store.OutOfSpace is not null)
            return;
        Check(result.Status == status, $"batch to {name}: {result.Status}, expected {status}");
        if (result.Status != AppendStatus.Stored)
            return;
        Check(result.LastSequence == planned.Last, $"batch to {name} ends with {result.LastSequence}");
        expected = [.. expected.Select(each => (each.Message with { TimestampNanos = result.LastTimestampNanos }, each.Rollup))];
        foreach ((ModelMessage message, RollupScope _) in expected)
            ear.Expect(message);
        _journal.Add(new Step(StepKinds.Batch, $"batch {name} {string.Join(' ', expected.Select(each => each.Message))}", store =>
        {
            foreach ((ModelMessage message, RollupScope rollup) in expected)
                store[name].Append(message, rollup);
        })
        {
            Batch = (name, result.LastSequence),
        });
        Await(result.Position);
    }

    private void Remove(string name)
    {
        ModelStream model = Model(name);
        ulong sequence = model.Messages.Count > 0 && _random.Next(8) > 0
            ? model.Messages[_random.Next(model.Messages.Count)].Sequence
            : (ulong)_random.NextInt64((long)model.Last + 2);
        bool expected = model.Messages.Exists(message => message.Sequence == sequence);
        bool erase = _random.Next(3) == 0;
        RemoveResult result = _streams[name].Log.Remove(sequence, erase);
        Check(result.Removed == expected, $"removal of {sequence} from {name}: {result.Removed}");
        if (result.Removed)
            AddRemoval(erase ? StepKinds.Erasure : StepKinds.Removal, name, [sequence]);
        Await(result.Position);
    }

    private void Purge(string name)
    {
        string filter = _keepsMuch ? Pick(Subjects) : Pick(Filters);
        ulong before = _random.Next(2) == 0 ? 0 : (ulong)_random.NextInt64((long)Model(name).Last + 3);
        ulong keep = before == 0 && _random.Next(2) == 0 ? (ulong)_random.Next(6) : 0;
        List<ulong> going = Model(name).Purgeable(filter, before, keep);
        PurgeResult result = _streams[name].Log.Purge(Encoding.UTF8.GetBytes(filter), before, keep);
        Check(result.Count == (ulong)going.Count, $"purge of {name} '{filter}' {before} {keep} took {result.Count}");
        if (going.Count > 0)
            AddRemoval(StepKinds.Purge, name, going);
        Await(result.Position);
    }

    private void Expire(string name)
    {
        _time.Advance(TimeSpan.FromMilliseconds(_random.Next(3_000)));
        StreamLog log = _streams[name].Log;

        // Where messages are read before they expire, they do so once they are committed.
        bool endsKeys = _random.Next(2) == 0;
        ulong upTo = endsKeys ? log.State.LastSequence : ulong.MaxValue;
        List<ulong> due = Model(name).Due(_time.NowNanos, upTo);
        ExpireResult result = endsKeys
            ? log.Expire(_time.NowNanos, int.MaxValue, null, EndsKey)
            : log.Expire(_time.NowNanos, int.MaxValue);
        Check(
            result.Messages.Select(message => message.Sequence).Order().SequenceEqual(due),
            $"{name} expired {string.Join(',', result.Messages.Select(message => message.Sequence))}");
        if (due.Count > 0)
            AddRemoval(StepKinds.Expiry, name, endsKeys ? WithOlder(name, result.Messages) : due);
        Await(result.Position);
    }

    private static bool EndsKey(ExpiredMessage message) => message.Sequence % 2 == 0;

    /// <summary>What expired, in its order, and what goes with those that were the newest of their subjects and end them.</summary>
    private List<ulong> WithOlder(string name, IReadOnlyList<ExpiredMessage> expired)
    {
        List<ModelMessage> left = [.. Model(name).Messages];
        var ending = new List<ModelMessage>();
        foreach (ulong sequence in expired.Select(message => message.Sequence))
        {
            ModelMessage message = left.Single(each => each.Sequence == sequence);
            left.Remove(message);
            List<ModelMessage> others = [.. left.Where(each => each.Subject == message.Subject)];
            if (EndsKey(expired.Single(each => each.Sequence == sequence)) && others.Count > 0 && others[^1].Sequence < sequence)
                ending.Add(message);
        }

        List<ulong> going = [.. expired.Select(message => message.Sequence)];
        going.AddRange(left
            .Where(each => ending.Exists(end => end.Subject == each.Subject && end.Sequence > each.Sequence))
            .Select(each => each.Sequence));
        return going;
    }

    private void Configure(string name)
    {
        StreamLimits limits = RandomLimits();
        string configuration = _names.Next("config");
        LogPosition position = _streams[name].Log.Configure(Encoding.UTF8.GetBytes(configuration), limits);
        Add(StepKinds.Configuration, $"configure {name} {limits}", store =>
        {
            store[name].Configuration = configuration;
            store[name].Limits = limits;
        });
        if (Model(name).Surplus() is { Count: > 0 } surplus)
            AddRemoval(StepKinds.Configuration, name, surplus);
        if (!limits.DiscardNew && Model(name).FirstWithinLimits() is var floor && floor > 0)
            AddRemoval(StepKinds.Configuration, name, Model(name).Purgeable("", floor, 0));
        Await(position);
    }

    private void SkipTo(string name)
    {
        ulong next = Model(name).Last + (ulong)_random.Next(5);
        LogPosition position = _streams[name].Log.SkipTo(next);
        if (next > Model(name).Last + 1)
            Add(StepKinds.Skip, $"skip {name} to {next}", store => store[name].Last = next - 1);
        Await(position);
    }

    private void ChangeAttachment(string name)
    {
        StreamLog log = _streams[name].Log;
        string key = Pick(Keys);
        string value = _names.Next("state");
        byte[] bytes = Encoding.UTF8.GetBytes(value);
        switch (_random.Next(6))
        {
            case 0:
                LogPosition removed = log.RemoveAttachment(key);
                Add(StepKinds.Attachment, $"remove {name} {key}", store => store[name].Attachments.Remove(key));
                Await(removed);
                break;
            case 1:
                LogPosition set = log.SetAttachment(key, bytes);
                Add(StepKinds.Attachment, $"set {name} {key} {value}", store =>
                    store[name].Attachments[key] = new ModelAttachment(value, []));
                Await(set);
                break;
            default:
                LogPosition changed = log.AppendAttachmentDelta(key, bytes);
                Add(StepKinds.Attachment, $"change {name} {key} {value}", store => store[name].AddDelta(key, value));
                Await(changed);
                break;
        }
    }

    private void Listen(StreamLog stream)
    {
        var ear = new StreamEar(stream.Identity.Name);
        stream.Observer = ear;
        _streams[stream.Identity.Name] = (stream, ear);
    }

    private void AddRemoval(StepKinds kind, string name, IReadOnlyCollection<ulong> sequences) => Add(
        kind, $"remove from {name}: {string.Join(',', sequences)}", store => store[name].Remove(sequences));

    private void Add(StepKinds kind, string text, Action<ModelStore> apply) => _journal.Add(new Step(kind, text, apply));

    /// <summary>Waits for what the present call appended, if anything: the log is one, so earlier steps are covered too.</summary>
    private void Await(LogPosition position)
    {
        if (_awaited == _journal.Taken)
            return;
        _awaited = _journal.Taken;
        _store.WhenCommitted(position, new Told(_journal, _awaited));
    }

    private static void Check(bool holds, string complaint)
    {
        if (!holds)
            throw new SimulationFailure(complaint);
    }

    private string Pick(string[] from) => from[_random.Next(from.Length)];

    private long RandomExpiry() => _random.Next(8) switch
    {
        0 => _time.NowNanos + _random.NextInt64(5_000_000_000),
        1 => long.MaxValue,
        _ => 0,
    };

    private StreamLimits RandomLimits() => new()
    {
        MaxMessages = _random.Next(3) == 0 ? 1 + _random.Next(20) + (_keepsMuch ? 100 : 0) : -1,
        MaxBytes = _random.Next(4) == 0 ? 200 + _random.Next(2_000) + (_keepsMuch ? 3_000 : 0) : -1,
        MaxMessagesPerSubject = _random.Next(2) == 0 ? 1 + _random.Next(4) : -1,
        MaxAgeNanos = _random.Next(_keepsMuch ? 12 : 3) == 0 ? 1_000_000_000 + _random.NextInt64(5_000_000_000) : 0,
        DiscardNew = _random.Next(4) == 0,
        DiscardNewPerSubject = _random.Next(4) == 0,
        Compress = _keepsMuch && _random.Next(2) == 0,
    };
}
