using System.Text.Json;
using Rivulet.JetStream.Api.Json;
using Rivulet.Server.Hosting;

namespace Rivulet.Server.SystemRequests;

/// <summary>The object <c>server</c> in everything that the server says about itself in the system account. Thread-safe.</summary>
internal sealed class ServerStamp
{
    private const int JetStreamFlags = 7;

    private readonly ServerIdentity _identity;
    private volatile NatsServerOptions _options;
    private long _sequence;

    /// <summary>The stamp of a server.</summary>
    public ServerStamp(ServerIdentity identity, NatsServerOptions options)
    {
        _identity = identity;
        _options = options;
    }

    /// <summary>The settings that it tells of. A reload puts others in their place.</summary>
    public NatsServerOptions Options
    {
        get => _options;
        set => _options = value;
    }

    /// <summary>Writes it as the member <c>server</c>, with a sequence and the time.</summary>
    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject("server");
        WriteMembers(writer);
        writer.WriteEndObject();
    }

    /// <summary>Writes its members, with a sequence and the time.</summary>
    public void WriteMembers(Utf8JsonWriter writer)
    {
        var options = _options;
        WriteName(writer);
        if (options.JetStream?.Domain is { } domain)
            writer.WriteString("domain", domain);
        writer.WriteString("ver", ServerVersion.ProtocolLevel);
        if (options.Tags.Count > 0)
        {
            writer.WriteStartArray("tags");
            foreach (string tag in options.Tags)
                writer.WriteStringValue(tag);
            writer.WriteEndArray();
        }

        if (options.Metadata.Count > 0)
        {
            writer.WriteStartObject("metadata");
            foreach (var (key, value) in options.Metadata)
                writer.WriteString(key, value);
            writer.WriteEndObject();
        }

        writer.WriteBoolean("jetstream", options.JetStream is not null);
        writer.WriteNumber("flags", options.JetStream is not null ? JetStreamFlags : 0);
        writer.WriteNumber("seq", Interlocked.Increment(ref _sequence));
        writer.WriteString("time", Rfc3339.Format(Rfc3339.ToUnixNanos(options.TimeProvider.GetUtcNow())));
    }

    /// <summary>Writes which server it is, and no more.</summary>
    public void WriteName(Utf8JsonWriter writer)
    {
        writer.WriteString("name", _identity.Name);
        writer.WriteString("host", _options.Host);
        writer.WriteString("id", _identity.Id);
    }
}
