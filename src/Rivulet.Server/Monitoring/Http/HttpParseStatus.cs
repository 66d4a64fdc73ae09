namespace Rivulet.Server.Monitoring.Http;

/// <summary>What a parser found.</summary>
internal enum HttpParseStatus
{
    /// <summary>More is to come.</summary>
    Incomplete,

    /// <summary>A whole request head.</summary>
    Complete,

    /// <summary>Not HTTP/1.</summary>
    Malformed,
}
