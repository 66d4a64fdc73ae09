using System.Text.Json;
using Rivulet.JetStream.Api;
using Rivulet.JetStream.Api.Handlers;
using Rivulet.JetStream.Api.Json;
using Rivulet.JetStream.Consumers;
using Rivulet.JetStream.Consumers.Api;
using Rivulet.JetStream.Streams;

namespace Rivulet.JetStream.Monitoring;

/// <summary>What monitoring tells about one stream, as JSON. Any thread; it takes no more locks than an info request.</summary>
public static class StreamReport
{
    /// <summary>Whether a stream has a consumer of this name.</summary>
    public static bool HasConsumer(JetStreamStream stream, string consumer)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return stream.Consumers.TryGet(consumer, out _);
    }

    /// <summary>Writes an object with name, time of creation, leader and state, and what else is asked for.</summary>
    /// <param name="json">Where to write.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="parts">What else.</param>
    public static void Write(Utf8JsonWriter json, JetStreamStream stream, StreamReportParts parts)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(stream);
        json.WriteStartObject();
        json.WriteString("name", stream.Name);
        json.WriteString("created", Rfc3339.Format(stream.Log.CreatedNanos));
        json.WriteStartObject("cluster");
        json.WriteString("leader", stream.Account.Engine.Host.ServerName);
        json.WriteEndObject();
        if (parts.HasFlag(StreamReportParts.Configuration))
        {
            json.WritePropertyName("config");
            JsonSerializer.Serialize(json, stream.Config, ApiJsonContext.Relaxed.StreamConfig);
        }

        json.WritePropertyName("state");
        JsonSerializer.Serialize(json, StreamInfoWriter.StateOf(stream), ApiJsonContext.Relaxed.StreamStateModel);
        if (parts.HasFlag(StreamReportParts.Consumers))
            WriteConsumers(json, "consumer_detail", stream.Consumers.Shown(), parts);
        if (parts.HasFlag(StreamReportParts.DirectConsumers))
            WriteConsumers(json, "direct_consumer_detail", stream.Consumers.All().FindAll(consumer => consumer.Config.Direct), parts);
        json.WriteEndObject();
    }

    private static void WriteConsumers(Utf8JsonWriter json, string name, List<Consumer> consumers, StreamReportParts parts)
    {
        if (consumers.Count == 0)
            return;
        json.WriteStartArray(name);
        foreach (Consumer consumer in consumers)
        {
            var info = new ConsumerInfo();
            if (!ConsumerInfoWriter.TryFill(info, consumer, shown: false))
                continue;
            if (!parts.HasFlag(StreamReportParts.Configuration))
                info.Config = null;
            JsonSerializer.Serialize(json, info, ConsumerJson.Relaxed.ConsumerInfo);
        }

        json.WriteEndArray();
    }
}
