using System.Text.Json;
using Rivulet.JetStream.Tests.Consumers.Support;
using Rivulet.JetStream.Tests.Support;
using Rivulet.TestKit.Simulation;

namespace Rivulet.JetStream.Tests.Model;

/// <summary>The engine, on a simulated disk and clock, with the inboxes of its clients.</summary>
internal sealed class ServerUnderTest
{
    private readonly ManualTimeProvider _clock = new();
    private readonly Dictionary<string, Inbox> _inboxes = [];
    private SimulatedFileSystem _disk = new();

    public ServerUnderTest() => Harness = new Harness(HeldStore.OnDisk(_disk, _clock), _clock);

    public Harness Harness { get; private set; }

    public long Now => _clock.NowNanos;

    /// <summary>Moves the clock from one timer to the next, so that each finds the time it was set for.</summary>
    public void AdvanceTo(long nanos)
    {
        while (_clock.NextDue is { } due && Nanos(due) <= nanos)
            MoveTo(Math.Max(Nanos(due), Now));
        MoveTo(nanos);
    }

    /// <summary>Subscribes, so that what comes there is kept until it is taken.</summary>
    public Inbox Inbox(string subject)
    {
        if (!_inboxes.TryGetValue(subject, out Inbox? inbox))
            _inboxes.Add(subject, inbox = Harness.Router.Subscribe(subject));
        Harness.Run();
        return inbox;
    }

    public void Leave(string subject)
    {
        if (_inboxes.Remove(subject, out Inbox? inbox))
            inbox.Dispose();
        Harness.Run();
    }

    /// <summary>Takes what came to each inbox since the last time.</summary>
    public Dictionary<string, List<Received>> TakeAll() =>
        _inboxes.Where(each => each.Value.Count > 0).ToDictionary(each => each.Key, each => each.Value.TakeAll());

    /// <summary>Asks the API. The root of the answer, or of its error with <c>description</c>.</summary>
    public JsonElement Api(string operation, string body, out string? error)
    {
        JsonElement answer = Harness.Api(operation, body);
        error = answer.TryGetProperty("error", out JsonElement found) ? found.GetProperty("description").GetString() : null;
        return answer;
    }

    /// <summary>Stops the server in good order; clients are told.</summary>
    public void Stop()
    {
        Harness.Engine.DisposeAsync().AsTask().GetAwaiter().GetResult();
        Harness.Run();
    }

    /// <summary>Starts a server on what the last one left.</summary>
    /// <param name="afterPowerCut">Whether the last one was not stopped: the power went.</param>
    /// <param name="random">Decides what is left of what was not synced.</param>
    public void Start(bool afterPowerCut, Random random)
    {
        if (afterPowerCut)
            _disk = _disk.CutPower(UnsyncedSurvival.Random, random);
        _inboxes.Clear();
        Harness = new Harness(HeldStore.OnDisk(_disk, _clock), _clock);
    }

    private static long Nanos(DateTimeOffset time) => (time.UtcTicks - DateTime.UnixEpoch.Ticks) * 100;

    private void MoveTo(long nanos)
    {
        _clock.Advance(TimeSpan.FromTicks((nanos - Now) / 100));
        Harness.Run();
    }
}
