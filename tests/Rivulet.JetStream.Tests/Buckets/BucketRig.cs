using System.Globalization;
using System.Text.Json;
using Rivulet.JetStream.Tests.Consumers.Support;
using Rivulet.JetStream.Tests.Support;
using Rivulet.TestKit.Simulation;

namespace Rivulet.JetStream.Tests.Buckets;

/// <summary>A bucket B over a file store on a simulated disk, and the requests on it.</summary>
internal sealed class BucketRig : IAsyncDisposable
{
    private readonly ManualTimeProvider _clock = new();
    private HeldStore _store;
    private int _requests;

    public BucketRig()
    {
        _store = HeldStore.OnDisk(Disk, _clock);
        Js = new Harness(_store, _clock);
    }

    public SimulatedFileSystem Disk { get; private set; } = new();

    public Harness Js { get; private set; }

    public HeldStore Store => _store;

    public void Create(int history = 1, string more = "") => Js.ApiOk("STREAM.CREATE.KV_B", Config(history, more));

    public void Update(int history, string more = "") => Js.ApiOk("STREAM.UPDATE.KV_B", Config(history, more));

    public ulong Put(string key, string value = "v", string headers = "") => Js.Store("$KV.B." + key, value, headers);

    public ulong PutFor(string key, string value, int seconds, bool endsKey = true) => Put(
        key, value, $"NATS/1.0\r\nNats-TTL: {seconds}s\r\n{(endsKey ? "Rivulet-Expiry: key\r\n" : "")}\r\n");

    public ulong Delete(string key) => Put(key, "", "NATS/1.0\r\nKV-Operation: DEL\r\n\r\n");

    public ulong Purge(string key) => Put(key, "", "NATS/1.0\r\nKV-Operation: PURGE\r\nNats-Rollup: sub\r\n\r\n");

    /// <summary>Asks for one answer.</summary>
    public JsonElement Ask(string operation, string body = "")
    {
        using JsonDocument answer = JsonDocument.Parse(Js.Ask("$RV.KV." + operation, body).Payload);
        return answer.RootElement.Clone();
    }

    /// <summary>Asks for something that must succeed.</summary>
    public JsonElement AskOk(string operation, string body = "")
    {
        JsonElement answer = Ask(operation, body);
        Assert.False(answer.TryGetProperty("error", out JsonElement error), error.ToString());
        return answer;
    }

    /// <summary>The code of the error that a request gets; 0 if it succeeds.</summary>
    public int ErrorOf(string operation, string body = "") => Ask(operation, body) is var answer
        && answer.TryGetProperty("error", out JsonElement error) ? error.GetProperty("err_code").GetInt32() : 0;

    /// <summary>The keys of a listing as <c>key=revision</c>, and <c>…next</c> where more follows.</summary>
    public string List(string body = "", string operation = "LIST.B")
    {
        JsonElement answer = AskOk(operation, body);
        IEnumerable<string> keys = answer.GetProperty("keys").EnumerateArray().Select(key => key.ValueKind == JsonValueKind.String
            ? key.GetString()!
            : string.Create(CultureInfo.InvariantCulture, $"{key.GetProperty("key").GetString()}={key.GetProperty("revision").GetUInt64()}"));
        string next = answer.TryGetProperty("next", out JsonElement at) ? " …" + at.GetString() : "";
        return string.Join(' ', keys) + next;
    }

    /// <summary>The values of a get of many as <c>key=value</c>, and its end.</summary>
    public (string Values, JsonElement End) Get(string body, string operation = "GET.B")
    {
        using Inbox inbox = Js.Router.Subscribe($"_INBOX.many.{++_requests}");
        Js.Publish("$RV.KV." + operation, body, inbox.Filter);
        List<Received> all = inbox.TakeAll();
        Assert.Equal("204 EOB", all[^1].Status);
        using JsonDocument end = JsonDocument.Parse(all[^1].Payload);
        IEnumerable<string> values = all[..^1].Select(value => $"{value.Header("Nats-Subject")!["$KV.B.".Length..]}={value.Payload}");
        return (string.Join(' ', values), end.RootElement.Clone());
    }

    public string Values(string body) => Get(body) is var got && got.End.TryGetProperty("error", out JsonElement error)
        ? error.GetProperty("description").GetString()!
        : got.Values;

    /// <summary>Stops cleanly and starts again.</summary>
    public async Task RestartAsync()
    {
        await Js.Engine.DisposeAsync();
        Open();
    }

    /// <summary>Cuts the power: what was not synced is gone.</summary>
    public async Task CrashAsync()
    {
        SimulatedFileSystem after = Disk.CutPower(UnsyncedSurvival.Random, new Random(7));
        await Js.Engine.DisposeAsync();
        Disk = after;
        Open();
    }

    public async ValueTask DisposeAsync() => await Js.Engine.DisposeAsync();

    private void Open()
    {
        _store = HeldStore.OnDisk(Disk, _clock);
        Js = new Harness(_store, _clock);
    }

    private static string Config(int history, string more) => $$"""
        {"name":"KV_B","subjects":["$KV.B.>"],"max_msgs_per_subject":{{history}},"discard":"new",
        "allow_rollup_hdrs":true,"allow_direct":true{{more}}}
        """;
}
