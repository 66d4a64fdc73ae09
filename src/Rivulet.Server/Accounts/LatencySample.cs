using System.Text.Json;
using Rivulet.Server.Connections;
using Rivulet.Server.Monitoring.Pages;
using Rivulet.Server.Outbound;
using Rivulet.Server.Routing;
using Rivulet.Server.Security;
using Rivulet.Server.SystemRequests;

namespace Rivulet.Server.Accounts;

/// <summary>One request to a service that is measured, until it is known how that went.</summary>
/// <remarks>
/// Made on the requester's receive loop, and told of once, by whoever finds out how the request ended. What the network takes between a client
/// and the server is the round trip that was measured last, as in the reference server.
/// </remarks>
internal sealed class LatencySample
{
    private const string MetricType = "io.nats.server.metric.v1.service_latency";

    private readonly ServiceLatency _settings;
    private readonly Account _exporter;
    private readonly TimeProvider _time;
    private readonly byte[] _requester;
    private readonly TimeSpan _requesterTrip;
    private readonly IReadOnlyList<KeyValuePair<string, IReadOnlyList<string>>>? _headers;
    private readonly DateTimeOffset _received;
    private readonly long _timestamp;

    private LatencySample(
        ServiceLatency settings,
        Account exporter,
        ClientContext requester,
        bool isShared,
        IReadOnlyList<KeyValuePair<string, IReadOnlyList<string>>>? headers,
        TimeProvider time)
    {
        _settings = settings;
        _exporter = exporter;
        _time = time;
        _headers = headers;
        _requester = requester.RequestInfo(isShared, service: null).ToArray();
        _requesterTrip = requester.Identity.RoundTrip;
        _received = time.GetUtcNow();
        _timestamp = time.GetTimestamp();
    }

    /// <summary>Begins to measure a request, if it is one of those that are; null if not.</summary>
    /// <param name="settings">What is measured.</param>
    /// <param name="exporter">The account that has the service.</param>
    /// <param name="publication">The request.</param>
    /// <param name="isShared">Whether the service may know who asks.</param>
    /// <param name="chance">A random number from 0 to 99.</param>
    /// <param name="time">The clock.</param>
    public static LatencySample? Begin(
        ServiceLatency settings, Account exporter, in Publication publication, bool isShared, int chance, TimeProvider time)
    {
        if (publication.Publisher is not { } publisher)
            return null;
        var headers = chance < settings.Sampling ? null : LatencySampling.Find(publication.Headers);
        return chance < settings.Sampling || headers is not null
            ? new LatencySample(settings, exporter, publisher.Context, isShared, headers, time)
            : null;
    }

    /// <summary>Tells that a response came, and has been passed on.</summary>
    /// <param name="responder">Who responded; null for the server itself.</param>
    /// <param name="arrived">When the response came.</param>
    /// <param name="batch">Where the receivers' writes are gathered.</param>
    public void Responded(ClientConnection? responder, long arrived, ServerDeliveryBatch batch)
    {
        var took = _time.GetElapsedTime(_timestamp, arrived);
        var trip = responder?.Context.Identity.RoundTrip ?? TimeSpan.Zero;
        var system = trip > TimeSpan.Zero ? _time.GetElapsedTime(arrived) : TimeSpan.Zero;
        byte[]? info = responder?.Context.RequestInfo(isShared: true, service: null).ToArray();
        Tell(200, "", info, took > trip ? took - trip : TimeSpan.Zero, system, _requesterTrip + took + system, batch);
    }

    /// <summary>Tells that a request went wrong.</summary>
    /// <param name="status">400, 408, 503 or 504, as in HTTP.</param>
    /// <param name="description">The same in words.</param>
    /// <param name="batch">Where the receivers' writes are gathered; null to write at once.</param>
    public void Failed(int status, string description, ServerDeliveryBatch? batch)
    {
        Tell(status, description, null, TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero, batch);
    }

    private void Tell(
        int status, string description, byte[]? responder, TimeSpan service, TimeSpan system, TimeSpan total, ServerDeliveryBatch? batch)
    {
        byte[] subject = System.Text.Encoding.UTF8.GetBytes(_settings.Subject);
        var router = _exporter.Router;
        if (!router.IsHeard(subject))
            return;
        var text = SystemJson.Object(json =>
        {
            json.WriteString("type", MetricType);
            json.WriteString("id", _exporter.NextEventId());
            json.WriteTime("timestamp", _time.GetUtcNow());
            json.WriteNumber("status", status);
            json.WriteUnlessEmpty("description", description);
            WriteClient(json, "requestor", _requester);
            if (responder is not null)
                WriteClient(json, "responder", responder);
            WriteHeaders(json);
            json.WriteTime("start", _received - _requesterTrip);
            json.WriteNanos("service", service);
            json.WriteNanos("system", system);
            json.WriteNanos("total", total);
        });
        var own = batch is null ? router.CreateBatch() : null;
        router.Publish(subject, default, default, text.Span, own ?? batch!);
        own?.Flush();
    }

    private static void WriteClient(Utf8JsonWriter json, string name, byte[] info)
    {
        json.WritePropertyName(name);
        json.WriteRawValue(info, skipInputValidation: true);
    }

    private void WriteHeaders(Utf8JsonWriter json)
    {
        if (_headers is null)
            return;
        json.WriteStartObject("header");
        foreach (var (name, values) in _headers)
        {
            json.WriteStartArray(name);
            foreach (string value in values)
                json.WriteStringValue(value);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }
}
