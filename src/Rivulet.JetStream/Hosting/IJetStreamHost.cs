using Microsoft.Extensions.Logging;

namespace Rivulet.JetStream.Hosting;

/// <summary>What JetStream takes from the process around it: time, threads, randomness, log and identity.</summary>
public interface IJetStreamHost
{
    /// <summary>The clock. Stored timestamps, expiry and timers all come from it.</summary>
    TimeProvider Time { get; }

    /// <summary>Where slow requests and background slices run.</summary>
    IWorkScheduler Work { get; }

    /// <summary>Name of the server, shown as leader in stream and consumer info.</summary>
    string ServerName { get; }

    /// <summary>Public key of the server, as announced in INFO.</summary>
    string ServerId { get; }

    /// <summary>Source of names and jitter. JetStream takes seeds from it under a lock of its own.</summary>
    Random Random { get; }

    /// <summary>Where log lines go.</summary>
    ILoggerFactory Logging { get; }
}
