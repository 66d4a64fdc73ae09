using Microsoft.Extensions.Logging;
using Rivulet.JetStream.Hosting;

namespace Rivulet.Server.Hosting;

/// <summary>What the server lends to JetStream.</summary>
internal sealed class JetStreamHost : IJetStreamHost
{
    /// <inheritdoc/>
    public required TimeProvider Time { get; init; }

    /// <inheritdoc/>
    public required IWorkScheduler Work { get; init; }

    /// <inheritdoc/>
    public required string ServerName { get; init; }

    /// <inheritdoc/>
    public required string ServerId { get; init; }

    /// <inheritdoc/>
    public required Random Random { get; init; }

    /// <inheritdoc/>
    public required ILoggerFactory Logging { get; init; }
}
