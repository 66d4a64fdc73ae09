namespace Rivulet.JetStream.Monitoring;

/// <summary>What monitoring tells about a stream beside its state.</summary>
[Flags]
public enum StreamReportParts
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Its configuration, and that of the consumers that are told.</summary>
    Configuration = 1,

    /// <summary>The consumers that clients see.</summary>
    Consumers = 2,

    /// <summary>The consumers that mirrors and sources of other streams have.</summary>
    DirectConsumers = 4,
}
