namespace Rivulet.Server.Connections;

/// <summary>Why <see cref="ClientOperations.Execute"/> returned.</summary>
internal enum ExecuteOutcome
{
    /// <summary>Everything that was complete has been executed, or the connection is closing.</summary>
    Done,

    /// <summary>A PING came whose PONG must wait for a commit. What follows it has not been looked at.</summary>
    WaitForCommit,

    /// <summary>
    /// A CONNECT came, and finding out who the client is takes a while. What follows it has not been looked at.
    /// </summary>
    WaitForAuthentication,
}
