using System.Globalization;
using System.Text.Json;
using Rivulet.JetStream.Tests.Consumers.Support;

namespace Rivulet.JetStream.Tests.Model;

/// <summary>
/// One run: a stream, some consumers, and operations that are done to the server and to the model. After each, everything
/// that the server tells and sends is held against the model. One thread; a seed decides everything.
/// </summary>
internal sealed class ModelRun
{
    private const int OperationsMax = 90;
    private const int ConsumersMax = 3;
    private const int RememberedDeliveries = 30;
    private const long Tick = 10_000_000;

    private readonly SeededBug _bug;
    private readonly ServerUnderTest _real = new();
    private readonly ModelServer _model;
    private readonly List<(ModelConsumer Consumer, string Reply)> _deliveries = [];
    private readonly List<string> _story = [];
    private int _number;

    /// <summary>Prepares a run.</summary>
    /// <param name="seed">Decides what the stream is.</param>
    /// <param name="bug">What the server does wrong on purpose.</param>
    public ModelRun(int seed, SeededBug bug = SeededBug.None)
    {
        _bug = bug;
        _model = new ModelServer(RunRules.DrawStream(new Random(seed)), _real.Now);
    }

    /// <summary>What was done, in words.</summary>
    public IReadOnlyList<string> Story => _story;

    /// <summary>The operations of a seed.</summary>
    public static List<Operation> Draw(int seed)
    {
        var random = new Random(unchecked(seed * 31));
        return Operation.Draw(random, random.Next(10, OperationsMax));
    }

    /// <summary>Does the operations.</summary>
    /// <exception cref="ModelFailure">The server did something else than the model.</exception>
    public void Run(IEnumerable<Operation> operations)
    {
        string stream = RunRules.ToJson(SeededBugs.Spoil(_bug, _model.Stream.Rules));
        Note($"create stream {RunRules.ToJson(_model.Stream.Rules)}");
        _real.Api("STREAM.CREATE.S", stream, out string? error);
        Same("creating the stream", null, error);
        foreach (Operation operation in operations)
        {
            // Each operation has a time of its own within the second.
            Wait(Tick);
            Do(operation);
            Compare();
        }
    }

    private void Do(Operation operation)
    {
        var random = new Random(operation.Seed);
        switch (operation.Kind)
        {
            case OperationKind.Publish:
                Publish(random);
                break;
            case OperationKind.DeleteMessage:
                DeleteMessage(random);
                break;
            case OperationKind.Purge:
                Purge(random);
                break;
            case OperationKind.UpdateStream:
                UpdateStream(random);
                break;
            case OperationKind.CreateConsumer when _model.Consumers.Count < ConsumersMax:
                CreateConsumer(random);
                break;
            case OperationKind.UpdateConsumer when Pick(random) is { } consumer:
                consumer.Rules = RunRules.DrawUpdate(consumer.Rules, random);
                Note($"update consumer {RunRules.ToJson(consumer.Rules)}");
                _model.Settle();
                Api($"CONSUMER.CREATE.S.{consumer.Rules.Name}", RunRules.ToJson(SeededBugs.Spoil(_bug, consumer.Rules)));
                break;
            case OperationKind.DeleteConsumer when Pick(random) is { } consumer:
                Note($"delete consumer {consumer.Rules.Name}");
                _model.Delete(consumer);
                Api($"CONSUMER.DELETE.S.{consumer.Rules.Name}", "");
                break;
            case OperationKind.Pull when Pick(random, each => each.Rules.DeliverTo is null) is { } consumer:
                Pull(random, consumer);
                break;
            case OperationKind.Ack when _deliveries.Count > 0:
                Ack(random);
                break;
            case OperationKind.Listen when Pick(random, each => each.Rules.DeliverTo is not null) is { } consumer:
                Listen(consumer.Rules.DeliverTo!);
                break;
            case OperationKind.Pause when Pick(random) is { } consumer:
                Pause(random, consumer);
                break;
            case OperationKind.Reset when Pick(random, each => each.Rules.Deliver == "all") is { } consumer:
                Reset(random, consumer);
                break;
            case OperationKind.Wait:
                long wait = random.Next(1, 7) * RunRules.Second;
                Note($"wait {wait / RunRules.Second} s");
                Wait(wait);
                break;
            case OperationKind.Restart when !_model.Stream.Rules.InMemory:
                Restart(random);
                break;
            default:
                break;
        }
    }

    private void Publish(Random random)
    {
        if (_model.Stream.Rules.AllowsBatches && random.Next(4) == 0)
        {
            PublishBatch(random);
            return;
        }

        string subject = RunRules.Subjects[random.Next(RunRules.Subjects.Length)];
        string payload = $"{++_number}" + new string('.', random.Next(40));
        ulong last = _model.Stream.Matching(subject).LastOrDefault()?.Sequence ?? 0;
        var asked = new PublishRules(
            Id: random.Next(5) == 0 ? "id" + random.Next(4) : null,
            LastOfSubject: random.Next(8) == 0 ? last + (ulong)random.Next(2) : null,
            Last: random.Next(12) == 0 ? _model.Stream.Last + (ulong)random.Next(2) : null,
            Rollup: random.Next(12) == 0,
            LivesFor: _model.Stream.Rules.AllowsTtl && random.Next(2) == 0
                ? random.Next(5) == 0 ? long.MaxValue : random.Next(1, 8) * RunRules.Second
                : null);
        if (_model.Stream.Rules.IsCounter)
            (asked, payload) = (new PublishRules(asked.Id, Adds: random.Next(-9, 99)), "");
        string expected = _model.Stream.Publish(_model.Now, subject, payload, asked);
        Note($"publish {subject} {payload} {asked} -> {expected}");
        _model.Settle();
        JsonElement answer = JsonDocument.Parse(_real.Harness.Ask(subject, payload, asked.ToHeaders()).Payload).RootElement;
        string actual = answer.TryGetProperty("error", out JsonElement error)
            ? error.GetProperty("description").GetString()!
            : (answer.TryGetProperty("duplicate", out _) ? "duplicate " : "") + answer.GetProperty("seq").GetUInt64();
        Same("the answer to the publisher", expected, actual);
        if (answer.TryGetProperty("val", out JsonElement sum))
            Same("what is counted", _model.Stream.SumOf(subject), long.Parse(sum.GetString()!, CultureInfo.InvariantCulture));
    }

    private void PublishBatch(Random random)
    {
        int count = random.Next(1, 5);
        var batch = new List<(string Subject, string Payload, string Headers)>();
        for (int i = 1; i <= count; i++)
        {
            string commit = i == count ? "Nats-Batch-Commit: 1\r\n" : "";
            batch.Add((
                RunRules.Subjects[random.Next(RunRules.Subjects.Length)],
                $"{++_number}",
                $"NATS/1.0\r\nNats-Batch-Id: b{_number - i}\r\nNats-Batch-Sequence: {i}\r\n{commit}\r\n"));
        }

        _model.Stream.PublishBatch(_model.Now, batch);
        Note($"publish in a batch {string.Join(", ", batch.Select(each => $"{each.Subject} {each.Payload}"))} -> {_model.Stream.Last}");
        _model.Settle();
        foreach ((string subject, string payload, string headers) in batch.SkipLast(1))
            _real.Harness.Publish(subject, payload, "", headers);
        (string lastSubject, string lastPayload, string lastHeaders) = batch[^1];
        JsonElement answer = JsonDocument.Parse(_real.Harness.Ask(lastSubject, lastPayload, lastHeaders).Payload).RootElement;
        Same("the end of the batch", $"{_model.Stream.Last} {count}", answer.TryGetProperty("count", out JsonElement told) ? $"{answer.GetProperty("seq")} {told}" : answer.ToString());
    }

    private void DeleteMessage(Random random)
    {
        ulong sequence = (ulong)random.NextInt64(1, (long)_model.Stream.Last + 2);
        bool expected = _model.Stream.Messages.ContainsKey(sequence);
        Note($"delete message {sequence}");
        _model.Stream.Remove(sequence);
        _model.Settle();
        _real.Api("STREAM.MSG.DELETE.S", $$"""{"seq":{{sequence}}}""", out string? error);
        Same("whether the message was deleted", expected, error is null);
    }

    private void Purge(Random random)
    {
        string filter = RunRules.Filters[random.Next(RunRules.Filters.Length)];
        ulong before = random.Next(3) == 0 ? (ulong)random.NextInt64(1, (long)_model.Stream.Last + 2) : 0;
        int keep = before == 0 && random.Next(2) == 0 ? random.Next(1, 4) : 0;
        _model.Purge(filter, before, keep, out int expected);
        string body = (filter == ">" ? "" : $"\"filter\":\"{filter}\"") + (before > 0 ? $",\"seq\":{before}" : "") + (keep > 0 ? $",\"keep\":{keep}" : "");
        Note($"purge {body}");
        JsonElement answer = Api("STREAM.PURGE.S", $"{{{body.TrimStart(',')}}}");
        Same("what the purge took", expected, answer.GetProperty("purged").GetInt32());
    }

    private void UpdateStream(Random random)
    {
        StreamRules rules = RunRules.DrawLimits(_model.Stream.Rules, random);
        if (rules.DiscardNew || rules.MaxPerSubject == 1 || (rules.MaxAge > 0 && rules.MaxAge < rules.Window))
            return;
        Note($"update stream {RunRules.ToJson(rules)}");
        _model.Stream.Rules = rules;
        _model.Stream.Enforce();
        _model.Stream.Expire(_model.Now);
        _model.Settle();
        Api("STREAM.UPDATE.S", RunRules.ToJson(SeededBugs.Spoil(_bug, rules)));
    }

    private void CreateConsumer(Random random)
    {
        if (RunRules.DrawConsumer(random, _model, $"c{++_number}") is not { } rules)
            return;
        Note($"create consumer {RunRules.ToJson(rules)}");
        _model.Create(rules);
        Api($"CONSUMER.CREATE.S.{rules.Name}", RunRules.ToJson(SeededBugs.Spoil(_bug, rules)));
    }

    private void Pull(Random random, ModelConsumer consumer)
    {
        int batch = random.Next(1, 6);
        bool noWait = random.Next(2) == 0;
        long expires = noWait ? random.Next(4) == 0 ? RunRules.Second : 0 : random.Next(6) == 0 ? 0 : random.Next(1, 7) * RunRules.Second;
        long heartbeat = expires > RunRules.Second && random.Next(3) == 0 ? expires / RunRules.Second / 2 * RunRules.Second : 0;
        string inbox = $"_INBOX.{++_number}";
        var pull = new ModelPull(inbox, batch)
        {
            NoWait = noWait,
            ExpiresAt = expires == 0 ? long.MaxValue : _model.Now + expires,
            Heartbeat = heartbeat,
            HeartbeatAt = heartbeat == 0 ? long.MaxValue : _model.Now + heartbeat,
            Priority = consumer.Rules.Priority == "prioritized" ? random.Next(3) : 0,
            From = consumer.Rules.Priority == "overflow" && random.Next(2) == 0 ? (random.Next(6), random.Next(4)) : (0, 0),
        };
        string body = $$"""{"batch":{{batch}},"no_wait":{{(noWait ? "true" : "false")}},"expires":{{expires}},"idle_heartbeat":{{heartbeat}}"""
            + (consumer.Rules.Priority == "none" ? "}" : $$""","group":"g","priority":{{pull.Priority}},"min_pending":{{pull.From.Pending}},"min_ack_pending":{{pull.From.AckPending}}}""");
        Note($"pull {consumer.Rules.Name} {body} to {inbox}");
        consumer.Pull(_model.Now, pull);
        _model.Settle();
        _real.Inbox(inbox);
        _real.Harness.Publish($"$JS.API.CONSUMER.MSG.NEXT.S.{consumer.Rules.Name}", body, inbox);
    }

    private void Ack(Random random)
    {
        (ModelConsumer consumer, string reply) = _deliveries[random.Next(_deliveries.Count)];
        if (!_model.Consumers.Contains(consumer) || consumer.Rules.Ack == "none")
            return;
        string word = random.Next(8) switch { 0 or 1 => "-NAK", 2 => "+WPI", 3 => "+TERM", _ => "+ACK" };
        long delay = word == "-NAK" && random.Next(2) == 0 ? random.Next(1, 4) * RunRules.Second : 0;
        Note($"{word} {delay / RunRules.Second} s {reply}");
        ulong[] numbers = [.. reply.Split('.')[^5..].Select(each => ulong.Parse(each, CultureInfo.InvariantCulture))];
        _model.Ack(consumer, numbers[1], numbers[2], word, delay);
        if (_bug == SeededBug.LostAck && word == "+ACK" && random.Next(4) == 0)
            return;
        string body = delay == 0 ? word : $$"""{{word}} {"delay":{{delay}}}""";
        if (random.Next(2) == 0)
            _real.Harness.Publish(reply, body);
        else
            _real.Harness.Publish(reply, body, "_INBOX.answers");
    }

    private void Listen(string subject)
    {
        bool isListening = !_model.IsListening(subject);
        Note($"{(isListening ? "subscribe to" : "leave")} {subject}");
        _model.Listen(subject, isListening);
        if (isListening)
            _real.Inbox(subject);
        else
            _real.Leave(subject);
    }

    private void Pause(Random random, ModelConsumer consumer)
    {
        long until = random.Next(3) == 0 ? 0 : _model.Now + (random.Next(1, 6) * RunRules.Second);
        Note($"pause {consumer.Rules.Name} until {until}");
        consumer.PausedUntil = until;
        _model.Settle();
        string body = until == 0 ? "" : $$"""{"pause_until":"{{new DateTime(DateTime.UnixEpoch.Ticks + (until / 100), DateTimeKind.Utc):O}}"}""";
        Api($"CONSUMER.PAUSE.S.{consumer.Rules.Name}", body);
    }

    private void Reset(Random random, ModelConsumer consumer)
    {
        if (_model.Stream.Rules.Retention != "limits")
            return;
        ulong sequence = random.Next(2) == 0 ? 0 : (ulong)random.NextInt64(1, (long)_model.Stream.Last + 2);
        Note($"reset {consumer.Rules.Name} to {sequence}");
        consumer.Reset(sequence == 0 ? consumer.SettledFloor.Stream + 1 : sequence);
        _model.Settle();
        Api($"CONSUMER.RESET.S.{consumer.Rules.Name}", sequence == 0 ? "" : $$"""{"seq":{{sequence}}}""");
    }

    private void Restart(Random random)
    {
        bool isPowerCut = random.Next(2) == 0;
        Note(isPowerCut ? "power cut" : "restart");
        if (!isPowerCut)
        {
            _model.Consumers.ForEach(consumer => consumer.Stop("409 Server Shutdown"));
            _real.Stop();
            CompareInboxes();
        }

        _model.Restart();
        _real.Start(isPowerCut, random);
    }

    private void Wait(long nanos)
    {
        _model.AdvanceTo(_model.Now + nanos);
        _real.AdvanceTo(_model.Now);
    }

    private JsonElement Api(string operation, string body)
    {
        JsonElement answer = _real.Api(operation, body, out string? error);
        Same($"the error of {operation}", null, error);
        return answer;
    }

    private ModelConsumer? Pick(Random random, Func<ModelConsumer, bool>? fits = null)
    {
        List<ModelConsumer> those = [.. _model.Consumers.Where(fits ?? (_ => true))];
        return those.Count == 0 ? null : those[random.Next(those.Count)];
    }

    private void Compare()
    {
        CompareInboxes();
        JsonElement info = Api("STREAM.INFO.S", """{"subjects_filter":">","deleted_details":true}""");
        Same("the stream", Facts.Of(_model.Stream, _model.Consumers.Count), Facts.OfStream(info.GetProperty("state")));
        foreach (ModelConsumer consumer in _model.Consumers)
        {
            JsonElement told = Api($"CONSUMER.INFO.S.{consumer.Rules.Name}", "");
            Same($"consumer {consumer.Rules.Name}", Facts.Of(consumer, _model.Now), Facts.OfConsumer(told));
        }
    }

    private void CompareInboxes()
    {
        Dictionary<string, List<Received>> received = _real.TakeAll();
        foreach (string inbox in _model.Sent.Keys.Union(received.Keys).ToList())
        {
            List<Received> got = received.GetValueOrDefault(inbox) ?? [];
            Same($"what came to {inbox}", string.Join('\n', _model.Sent.GetValueOrDefault(inbox) ?? []), string.Join('\n', got.Select(Facts.OfMessage)));
            foreach (Received message in got.Where(each => each.Reply.StartsWith("$JS.ACK.", StringComparison.Ordinal)))
                Remember(message.Reply);
        }

        _model.Sent.Clear();
    }

    private void Remember(string reply)
    {
        string name = reply.Split('.')[3];
        if (_model.Consumers.Find(each => each.Rules.Name == name) is { } consumer)
            _deliveries.Add((consumer, reply));
        if (_deliveries.Count > RememberedDeliveries)
            _deliveries.RemoveAt(0);
    }

    private void Note(string what) => _story.Add(what);

    private static void Same<T>(string what, T expected, T actual)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, actual))
            throw new ModelFailure($"{what}:\n  expected {expected}\n  got      {actual}");
    }
}
