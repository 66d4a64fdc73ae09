using System.Text;
using System.Text.Json;
using Rivulet.JetStream.Hosting;

namespace Rivulet.Benchmarks.Layers;

/// <summary>Asks the JetStream API of a rig, one request at a time, and waits for each answer.</summary>
internal sealed class ApiCaller : IMessageHandler, IDisposable
{
    private const string Reply = "_A.answer";

    private readonly ServerRig _rig;
    private readonly IDisposable _subscription;
    private readonly ManualResetEventSlim _answered = new();
    private byte[] _answer = [];

    public ApiCaller(ServerRig rig)
    {
        _rig = rig;
        _subscription = rig.Router.Subscribe(Encoding.ASCII.GetBytes(Reply), this);
    }

    /// <summary>Asks for something that must succeed.</summary>
    public JsonElement Ask(string operation, string body)
    {
        _answered.Reset();
        _rig.Ask("$JS.API." + operation, Reply, body);
        if (!_answered.Wait(TimeSpan.FromMinutes(1)))
            throw new TimeoutException($"{operation} is not answered");
        using var json = JsonDocument.Parse(_answer);
        return json.RootElement.TryGetProperty("error", out JsonElement error)
            ? throw new InvalidOperationException($"{operation}: {error}")
            : json.RootElement.Clone();
    }

    bool IMessageHandler.Handle(in RoutedMessage message, DeliveryBatch batch)
    {
        _answer = message.Payload.ToArray();
        _answered.Set();
        return true;
    }

    public void Dispose()
    {
        _subscription.Dispose();
        _answered.Dispose();
    }
}
