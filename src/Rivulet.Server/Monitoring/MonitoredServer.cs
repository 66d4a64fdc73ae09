using Rivulet.JetStream;
using Rivulet.Server.Connections;
using Rivulet.Server.Hosting;

namespace Rivulet.Server.Monitoring;

/// <summary>What the pages of monitoring look at.</summary>
internal sealed class MonitoredServer
{
    /// <summary>The server.</summary>
    public required NatsServer Server { get; init; }

    /// <summary>Its names.</summary>
    public required ServerIdentity Identity { get; init; }

    /// <summary>What its connections share.</summary>
    public required ConnectionEnvironment Environment { get; init; }

    /// <summary>Its JetStream; null without.</summary>
    public JetStreamEngine? JetStream => Server.JetStream?.Engine;

    /// <summary>When it was started.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>When the settings were read last.</summary>
    public DateTimeOffset ConfigLoaded { get; set; }

    /// <summary>Requests by page.</summary>
    public PageCounters Requests { get; } = new();

    /// <summary>Processor time lately.</summary>
    public ProcessorMeter Processor { get; } = new();

    /// <summary>The settings at this moment.</summary>
    public NatsServerOptions Options => Server.Options;

    /// <summary>The present.</summary>
    public DateTimeOffset Now => Environment.Time.GetUtcNow();
}
