using System.Globalization;
using System.Text.Json;
using Rivulet.JetStream.Tests.Consumers.Support;
using Rivulet.JetStream.Tests.Support;
using Rivulet.TestKit.Measuring;
using Rivulet.TestKit.Simulation;

namespace Rivulet.JetStream.Tests.Buckets;

/// <summary>
/// Puts, touches and expiries with the power going at any operation of the disk: what was answered is there, a value that
/// somebody saw end does not come back, and neither do older ones of its key.
/// </summary>
public sealed class BucketPowerCutTests(ITestOutputHelper output)
{
    private const int Cuts = 400;
    private const string Config = """
        {"name":"KV_B","subjects":["$KV.B.>"],"max_msgs_per_subject":4,"discard":"new","allow_rollup_hdrs":true,
        "allow_direct":true,"allow_msg_ttl":true}
        """;

    private static readonly string[] Keys = ["a", "b", "c"];

    private int _touches;
    private int _ends;

    [Fact]
    public async Task What_was_answered_is_kept_and_what_ended_stays_away()
    {
        string? given = Environment.GetEnvironmentVariable("RIVULET_MODEL_SEED");
        int first = FirstSeed.Of("RIVULET_MODEL_SEED");
        int cuts = given is null ? Cuts : 1;
        for (int i = 0; i < cuts; i++)
        {
            int seed = first + i;
            try
            {
                await CutAsync(new Random(seed));
            }
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                throw new InvalidOperationException($"RIVULET_MODEL_SEED={seed}", failure);
            }
        }

        output.WriteLine($"{cuts} cuts from seed {first}: {_touches} touches answered, {_ends} keys seen to end");
        Assert.True(given is not null || (_touches > cuts && _ends > cuts / 8), "too little happened");
    }

    private async Task CutAsync(Random random)
    {
        var clock = new ManualTimeProvider();
        var disk = new SimulatedFileSystem();
        var js = new Harness(HeldStore.OnDisk(disk, clock), clock);
        js.ApiOk("STREAM.CREATE.KV_B", Config);
        var known = Keys.ToDictionary(key => key, _ => new Known());
        disk.CutPowerAfter(random.Next(1, 120));
        while (!disk.IsOff)
            Do(js, random, disk, known);

        SimulatedFileSystem after = disk.CutPower(random.Next(2) == 0 ? UnsyncedSurvival.None : UnsyncedSurvival.Random, random);
        await js.Engine.DisposeAsync();
        js = new Harness(HeldStore.OnDisk(after, clock), clock);
        foreach ((string key, Known facts) in known)
            facts.Check(key, Look(js, key));

        // The time that was left is left.
        js.Advance(TimeSpan.FromSeconds(4));
        foreach ((string key, Known facts) in known)
            facts.CheckAtEnd(key, Look(js, key));
        await js.Engine.DisposeAsync();
    }

    private void Do(Harness js, Random random, SimulatedFileSystem disk, Dictionary<string, Known> known)
    {
        string key = Keys[random.Next(Keys.Length)];
        Known facts = known[key];
        switch (random.Next(10))
        {
            case < 3:
                Note(facts, js, "$KV.B." + key, $"v{random.Next(1_000_000)}", "", disk, isTouch: false);
                break;
            case < 5:
                Note(facts, js, "$KV.B." + key, $"t{random.Next(1_000_000)}", "NATS/1.0\r\nNats-TTL: 2s\r\nRivulet-Expiry: key\r\n\r\n", disk, isTouch: false);
                break;
            case < 8:
                Note(facts, js, "$RV.KV.TOUCH.B." + key, """{"ttl":2000000000}""", "", disk, isTouch: true);
                break;
            default:
                js.Advance(TimeSpan.FromSeconds(1));
                break;
        }

        foreach ((string each, Known of) in known)
        {
            if (!disk.IsOff && of.SeenAs(Look(js, each)))
                _ends++;
        }
    }

    private void Note(
        Known facts, Harness js, string subject, string body, string headers, SimulatedFileSystem disk, bool isTouch)
    {
        using Inbox inbox = js.Router.Subscribe("_INBOX.note");
        facts.Pending = isTouch ? facts.Value : body;
        facts.HasPending = true;
        js.Publish(subject, body, inbox.Filter, headers);
        if (inbox.Count == 0)
            return;
        using JsonDocument answer = JsonDocument.Parse(inbox.Take().Payload);
        if (answer.RootElement.TryGetProperty("error", out _))
        {
            // A store that failed may have kept it all the same.
            facts.HasPending = disk.IsOff;
            return;
        }

        facts.Revision = answer.RootElement.GetProperty(isTouch ? "revision" : "seq").GetUInt64();
        facts.Value = facts.Pending;
        facts.MayEnd = isTouch || body[0] == 't';
        facts.HasPending = false;
        if (isTouch)
            _touches++;
    }

    private static (ulong Revision, string? Value) Look(Harness js, string key)
    {
        Received got = js.Ask("$JS.API.DIRECT.GET.KV_B.$KV.B." + key);
        return got.Header("Nats-Sequence") is { } sequence
            ? (ulong.Parse(sequence, CultureInfo.InvariantCulture), got.Payload)
            : (0, null);
    }

    /// <summary>What is known of a key: what was answered last, and what was asked since.</summary>
    private sealed class Known
    {
        public ulong Revision { get; set; }

        public string? Value { get; set; }

        public string? Pending { get; set; }

        public bool HasPending { get; set; }

        /// <summary>Whether what was answered last has a time to live.</summary>
        public bool MayEnd { get; set; }

        /// <returns>Whether the key has ended since it was looked at last.</returns>
        public bool SeenAs((ulong Revision, string? Value) seen)
        {
            bool ended = Value is not null && seen.Value is null;
            if (ended)
                Value = null;
            else
                Assert.Equal((Value is null ? 0 : Revision, Value), seen);
            return ended;
        }

        /// <summary>The newest answered, or what was asked and not answered, which is newer; or it has ended meanwhile.</summary>
        public void Check(string key, (ulong Revision, string? Value) found)
        {
            bool isAnswered = found == (Value is null ? 0 : Revision, Value);
            bool isPending = HasPending && found.Value == Pending && found.Revision > Revision;
            bool hasEnded = found.Value is null && (Value is null || MayEnd || HasPending);
            Assert.True(isAnswered || isPending || hasEnded, $"{key}: {found}, answered {Revision} {Value}, asked {Pending}");
            IsLasting = found.Value is not null;
        }

        public void CheckAtEnd(string key, (ulong Revision, string? Value) found)
        {
            // Of what was put without a time, only a touch gives it one.
            Assert.True(found.Value is null || (IsLasting && found.Value[0] == 'v'), $"{key} came back as {found}");
        }

        private bool IsLasting { get; set; }
    }
}
