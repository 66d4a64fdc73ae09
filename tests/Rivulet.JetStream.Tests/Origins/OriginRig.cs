using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using Rivulet.JetStream.Streams;
using Rivulet.JetStream.Tests.Consumers.Support;
using Rivulet.JetStream.Tests.Support;
using Rivulet.Storage;
using Rivulet.TestKit.Simulation;

namespace Rivulet.JetStream.Tests.Origins;

/// <summary>Streams that copy from each other, over a file store on a simulated disk and in virtual time.</summary>
internal sealed class OriginRig
{
    private SimulatedFileSystem _disk = new();

    public OriginRig() => Open();

    public ManualTimeProvider Clock { get; } = new();

    public HeldStore Store { get; private set; }

    public Harness Harness { get; private set; }

    /// <summary>Creates a stream; <paramref name="config"/> is the inside of the JSON object behind the name.</summary>
    public void Create(string name, string config)
    {
        Harness.ApiOk("STREAM.CREATE." + name, $$"""{"name":"{{name}}",{{config}}}""");
        Harness.Run();
    }

    /// <summary>Changes a stream.</summary>
    public void Update(string name, string config)
    {
        Harness.ApiOk("STREAM.UPDATE." + name, $$"""{"name":"{{name}}",{{config}}}""");
        Harness.Run();
    }

    /// <summary>Publishes some messages with their number as payload.</summary>
    public void Publish(string subject, int from, int count)
    {
        for (int i = from; i < from + count; i++)
            Harness.Store(subject, i.ToString(CultureInfo.InvariantCulture));
    }

    public StreamLog Log(string name)
    {
        Assert.True(Harness.Account.TryGetStream(name, out JetStreamStream? stream));
        return stream.Log;
    }

    /// <summary>The messages of a stream as <c>sequence subject payload</c>.</summary>
    public List<string> Messages(string name, bool withSequences = true)
    {
        var found = new List<string>();
        using var message = new StoredMessage();
        StreamLog log = Log(name);
        for (ulong next = 1; log.ReadNext(next, Rivulet.Protocol.FilterSet.All, message) == ReadStatus.Found; next = message.Sequence + 1)
        {
            string text = $"{System.Text.Encoding.UTF8.GetString(message.Subject)} {System.Text.Encoding.UTF8.GetString(message.Payload)}";
            found.Add(withSequences ? $"{message.Sequence} {text}" : text);
        }

        return found;
    }

    /// <summary>Where the messages of a stream came from: their subject now, and their sequence there.</summary>
    public List<(string Subject, ulong Sequence)> Origins(string name)
    {
        var found = new List<(string Subject, ulong Sequence)>();
        foreach (string[] parts in Messages(name).Select(message => message.Split(' ')))
        {
            ulong sequence = ulong.Parse(parts[0], CultureInfo.InvariantCulture);
            string[] source = Headers(name, sequence).Split("Nats-Stream-Source: ")[1].Split(' ');
            found.Add((parts[1], ulong.Parse(source[1], CultureInfo.InvariantCulture)));
        }

        return found;
    }

    /// <summary>The headers of a message.</summary>
    public string Headers(string name, ulong sequence)
    {
        using var message = new StoredMessage();
        Assert.Equal(ReadStatus.Found, Log(name).Read(sequence, message));
        return System.Text.Encoding.UTF8.GetString(message.Headers);
    }

    /// <summary>First and last sequence, and the number of messages.</summary>
    public (ulong First, ulong Last, ulong Messages) State(string name)
    {
        StreamState state = Log(name).State;
        return (state.FirstSequence, state.LastSequence, state.Messages);
    }

    /// <summary>What the API tells of a mirror.</summary>
    public JsonElement Mirror(string name) => Harness.ApiOk("STREAM.INFO." + name).GetProperty("mirror");

    /// <summary>What the API tells of a source.</summary>
    public JsonElement Source(string name, int index = 0) =>
        Harness.ApiOk("STREAM.INFO." + name).GetProperty("sources")[index];

    /// <summary>Stops the server and starts it again.</summary>
    public async Task RestartAsync()
    {
        await Harness.Engine.DisposeAsync();
        Open();
        Harness.Run();
    }

    /// <summary>The power goes: what was not committed is lost.</summary>
    public void CutPower()
    {
        _disk = _disk.CutPower(UnsyncedSurvival.None, new Random(1));
        Open();
        Harness.Run();
    }

    /// <summary>The power goes while what was appended is being committed: it is written and not yet synced.</summary>
    /// <param name="seed">Chooses what of it survives.</param>
    public void CutPowerDuringCommit(int seed)
    {
        SimulatedFileSystem disk = _disk;
        var random = new Random(seed);
        SimulatedFileSystem? image = null;
        disk.BeforeSync = _ => image ??= disk.ImageAfterPowerCut(UnsyncedSurvival.Random, random);
        Store.Commit();
        disk.BeforeSync = null;
        _disk = image ?? disk.CutPower(UnsyncedSurvival.None, random);
        Open();
    }

    [MemberNotNull(nameof(Store), nameof(Harness))]
    private void Open()
    {
        Store = HeldStore.OnDisk(_disk, Clock);
        Harness = new Harness(Store, Clock, run: false);
    }
}
