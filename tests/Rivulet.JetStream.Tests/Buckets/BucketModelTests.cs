using System.Text.Json;
using Rivulet.JetStream.Tests.Consumers.Support;
using Rivulet.TestKit.Measuring;

namespace Rivulet.JetStream.Tests.Buckets;

/// <summary>
/// Random operations on a bucket, held against what each key was seen to hold after every one of them: listings and gets of now
/// and of earlier revisions, and resumptions, which are replayed. A refusal is never wrong; an answer must not be.
/// </summary>
public sealed class BucketModelTests(ITestOutputHelper output)
{
    private const int Runs = 120;
    private const int Operations = 60;

    private static readonly string[] Keys = ["a", "a.b", "a.b.c", "a-b", "b", "b.a", "c.x.y"];
    private static readonly string[] Filters = [">", "*", "a.>", "*.b", "a.*.c", "b"];

    private int _asOfAnswers;
    private int _asOfRefusals;
    private int _resumed;
    private int _refused;

    [Fact]
    public async Task Answers_are_those_of_the_model()
    {
        string? given = Environment.GetEnvironmentVariable("RIVULET_MODEL_SEED");
        int first = FirstSeed.Of("RIVULET_MODEL_SEED");
        int runs = given is null ? Runs : 1;
        for (int i = 0; i < runs; i++)
        {
            int seed = first + i;
            try
            {
                await RunAsync(new Random(seed));
            }
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                throw new InvalidOperationException($"RIVULET_MODEL_SEED={seed}", failure);
            }
        }

        output.WriteLine(
            $"{runs} runs from seed {first}: {_asOfAnswers} earlier revisions answered, {_asOfRefusals} refused; "
            + $"{_resumed} resumptions answered, {_refused} refused");
        Assert.True(given is not null || (_asOfAnswers > runs && _resumed > runs), "most answers are refusals");
    }

    private async Task RunAsync(Random random)
    {
        await using var run = new Run(random);
        for (int i = 0; i < Operations; i++)
        {
            await run.DoAsync();
            run.Look();
            run.CheckListing(Filters[random.Next(Filters.Length)]);
            Count(run.CheckAsOf(), ref _asOfAnswers, ref _asOfRefusals);
            Count(run.CheckResumption(), ref _resumed, ref _refused);
        }
    }

    private static void Count(bool answered, ref int answers, ref int refusals)
    {
        if (answered)
            answers++;
        else
            refusals++;
    }

    /// <summary>What a watcher has seen, and what it knows by it.</summary>
    private sealed record Seen(ulong Revision, ulong? Removals, Dictionary<string, string> State);

    private sealed class Run : IAsyncDisposable
    {
        private readonly BucketRig _b = new();
        private readonly Random _random;
        private readonly int _history;

        // What the bucket held at the end of each revision, and what watchers saw.
        private readonly Dictionary<ulong, Dictionary<string, string>> _atRevision = [];
        private readonly List<Seen> _seen = [];
        private Dictionary<string, string> _now = [];
        private ulong _last;
        private bool _hasTimePassed;

        public Run(Random random)
        {
            _random = random;
            _history = random.Next(4) switch { 0 => 1, 1 => 2, 2 => 5, _ => 20 };
            string more = ""","allow_msg_ttl":true""";
            if (random.Next(2) == 0)
                more += ""","subject_delete_marker_ttl":1000000000""";
            if (random.Next(4) == 0)
                more += ""","max_age":3000000000""";
            _b.Create(_history, more);
        }

        public ValueTask DisposeAsync() => _b.DisposeAsync();

        public async Task DoAsync()
        {
            string key = Keys[_random.Next(Keys.Length)];
            switch (_random.Next(20))
            {
                case < 7:
                    _b.Put(key, $"v{_random.Next(1000)}");
                    break;
                case < 9:
                    _b.PutFor(key, $"t{_random.Next(1000)}", _random.Next(1, 4));
                    break;
                case 9:
                    _b.PutFor(key, $"r{_random.Next(1000)}", _random.Next(1, 4), endsKey: false);
                    break;
                case < 12:
                    _b.Delete(key);
                    break;
                case 12:
                    _b.Purge(key);
                    break;
                case < 15:
                    _b.Ask("TOUCH.B." + key, """{"ttl":2000000000}""");
                    break;
                case < 17:
                    _b.Js.Advance(TimeSpan.FromMilliseconds(_random.Next(100, 1500)));
                    _hasTimePassed = true;
                    break;
                case 17:
                    TakeOut(key);
                    break;
                case 18:
                    await _b.RestartAsync();
                    break;
                default:
                    await _b.CrashAsync();
                    break;
            }
        }

        /// <summary>Reads what is there, key by key, by other means than those under test.</summary>
        public void Look()
        {
            ulong before = _last;
            _last = _b.Js.ApiOk("STREAM.INFO.KV_B").GetProperty("state").GetProperty("last_seq").GetUInt64();
            if (_hasTimePassed && _last != before)
            {
                // Some values went without a trace, and others left markers: what there was in between nobody has seen.
                _atRevision.Remove(before);
            }

            _hasTimePassed = false;
            _now = [];
            foreach (string key in Keys)
            {
                Received got = _b.Js.Ask("$JS.API.DIRECT.GET.KV_B.$KV.B." + key);
                Apply(_now, key, got.Header("Nats-Sequence") is null ? null : got);
            }

            _atRevision[_last] = _now;
            ulong removals = _b.AskOk("RESUME.B").GetProperty("removals").GetUInt64();
            _seen.Add(new Seen(_last, _random.Next(2) == 0 ? removals : null, _now));
        }

        public void CheckListing(string filter)
        {
            string prefix = _random.Next(3) == 0 ? "a" : "";
            string[] expected = [.. _now
                .Where(pair => Matches(pair.Key, filter) && pair.Key.StartsWith(prefix, StringComparison.Ordinal))
                .OrderBy(pair => pair.Key, StringComparer.Ordinal)
                .Select(pair => $"{pair.Key}={pair.Value.Split('@')[1]}")];
            var listed = new List<string>();
            string from = "";
            while (true)
            {
                string page = _b.List($$"""{"filters":["{{filter}}"],"prefix":"{{prefix}}","limit":2,"from":"{{from}}"}""");
                int next = page.IndexOf('…', StringComparison.Ordinal);
                listed.AddRange((next < 0 ? page : page[..next]).Split(' ', StringSplitOptions.RemoveEmptyEntries));
                if (next < 0)
                    break;
                from = page[(next + 1)..];
            }

            Assert.Equal(expected, listed);
            JsonElement total = _b.AskOk("LIST.B", $$"""{"filters":["{{filter}}"],"prefix":"{{prefix}}","limit":1,"total":true}""");
            Assert.Equal(expected.Length, total.GetProperty("total").GetInt32());
        }

        /// <returns>Whether an earlier revision was answered.</returns>
        public bool CheckAsOf()
        {
            if (_last == 0)
                return false;
            ulong revision = _atRevision.Keys.Where(at => at > 0).ElementAt(_random.Next(_atRevision.Count(pair => pair.Key > 0)));
            string names = _random.Next(2) == 0 ? "" : $",\"keys\":[\"{Keys[_random.Next(Keys.Length)]}\"]";
            (string values, JsonElement end) = _b.Get($$"""{"revision":{{revision}}{{names}}}""");
            if (end.TryGetProperty("error", out JsonElement error))
            {
                Assert.Equal(20001, error.GetProperty("err_code").GetInt32());
                Assert.NotEqual(_last, revision);
                return false;
            }

            IEnumerable<string> expected = _atRevision[revision]
                .Where(pair => names.Length == 0 || names.Contains($"\"{pair.Key}\"", StringComparison.Ordinal))
                .OrderBy(pair => pair.Key, StringComparer.Ordinal)
                .Select(pair => $"{pair.Key}={pair.Value.Split('@')[0]}");
            Assert.Equal(string.Join(' ', expected), values);
            return revision != _last;
        }

        /// <returns>Whether a watcher may go on.</returns>
        public bool CheckResumption()
        {
            Seen seen = _seen[_random.Next(_seen.Count)];
            string removals = seen.Removals is { } known ? $",\"removals\":{known}" : "";
            JsonElement answer = _b.Ask("RESUME.B", $$"""{"revision":{{seen.Revision}}{{removals}}}""");
            if (answer.TryGetProperty("error", out JsonElement error))
            {
                Assert.Equal(20001, error.GetProperty("err_code").GetInt32());
                return false;
            }

            // Revision 0 is nothing seen: what the watcher knew then does not count.
            var state = new Dictionary<string, string>(seen.Revision == 0 ? [] : seen.State);
            for (ulong sequence = seen.Revision + 1; sequence <= _last; sequence++)
            {
                Received got = _b.Js.Ask("$JS.API.DIRECT.GET.KV_B", $$"""{"seq":{{sequence}}}""");
                if (got.Header("Nats-Subject") is { } subject)
                    Apply(state, subject["$KV.B.".Length..], got);
            }

            Assert.Equal(Text(_now), Text(state));
            return true;
        }

        private void TakeOut(string key)
        {
            switch (_random.Next(3))
            {
                case 0:
                    _b.Js.ApiOk("STREAM.PURGE.KV_B", $$"""{"filter":"$KV.B.{{key}}","keep":{{_random.Next(2)}}}""");
                    break;
                case 1:
                    _b.Js.Api("STREAM.MSG.DELETE.KV_B", $$"""{"seq":{{_random.Next(1, (int)_last + 2)}}}""");
                    break;
                default:
                    _b.Js.ApiOk("STREAM.PURGE.KV_B", $$"""{"seq":{{_random.Next(1, (int)_last + 2)}}}""");
                    break;
            }
        }

        private static void Apply(Dictionary<string, string> state, string key, Received? got)
        {
            bool isDeletion = got is null || got.Header("KV-Operation") is not null || got.Header("Nats-Marker-Reason") is not null;
            if (isDeletion)
                state.Remove(key);
            else
                state[key] = $"{got!.Payload}@{got.Header("Nats-Sequence")}";
        }

        private static string Text(Dictionary<string, string> state) =>
            string.Join(' ', state.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}"));

        private static bool Matches(string key, string filter) =>
            Protocol.Subject.Matches(System.Text.Encoding.ASCII.GetBytes(key), System.Text.Encoding.ASCII.GetBytes(filter));
    }
}
