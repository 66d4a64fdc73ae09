using System.Globalization;
using System.Text.Json;
using Rivulet.Server.Hosting;

namespace Rivulet.Server.SystemRequests;

/// <summary>The object <c>server</c> in everything that the server says about itself in the system account. Thread-safe.</summary>
internal sealed class ServerStamp
{
    private const int JetStreamFlags = 7;

    private readonly ServerIdentity _identity;
    private readonly NatsServerOptions _options;
    private long _sequence;

    /// <summary>The stamp of a server.</summary>
    public ServerStamp(ServerIdentity identity, NatsServerOptions options)
    {
        _identity = identity;
        _options = options;
    }

    /// <summary>Writes it, with a sequence and the time.</summary>
    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject("server");
        writer.WriteString("name", _identity.Name);
        writer.WriteString("host", _options.Host);
        writer.WriteString("id", _identity.Id);
        if (_options.JetStream?.Domain is { } domain)
            writer.WriteString("domain", domain);
        writer.WriteString("ver", ServerVersion.ProtocolLevel);
        if (_options.Tags.Count > 0)
        {
            writer.WriteStartArray("tags");
            foreach (string tag in _options.Tags)
                writer.WriteStringValue(tag);
            writer.WriteEndArray();
        }

        writer.WriteBoolean("jetstream", _options.JetStream is not null);
        writer.WriteNumber("flags", _options.JetStream is not null ? JetStreamFlags : 0);
        writer.WriteNumber("seq", Interlocked.Increment(ref _sequence));
        writer.WriteString("time", _options.TimeProvider.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ss.fffffffZ", CultureInfo.InvariantCulture));
        writer.WriteEndObject();
    }
}
