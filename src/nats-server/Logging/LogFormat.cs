namespace Rivulet.Server.Host.Logging;

/// <summary>How log lines look, and which there are.</summary>
internal sealed record LogFormat
{
    /// <summary>Whether lines carry the time.</summary>
    public bool Time { get; init; } = true;

    /// <summary>Whether that is in UTC instead of local time.</summary>
    public bool Utc { get; init; }

    /// <summary>Whether debug lines are written.</summary>
    public bool Debug { get; init; }

    /// <summary>Whether trace lines are written.</summary>
    public bool Trace { get; init; }
}
