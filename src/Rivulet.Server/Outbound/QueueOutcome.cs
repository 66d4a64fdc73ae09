namespace Rivulet.Server.Outbound;

/// <summary>What became of something that was to be queued.</summary>
internal enum QueueOutcome
{
    /// <summary>Not queued: the connection is closing, or the subscription has had all it wanted.</summary>
    Refused,

    /// <summary>Queued.</summary>
    Queued,

    /// <summary>Queued, and it was the last message that the subscription wanted: whoever queued it removes that.</summary>
    QueuedLast,

    /// <summary>Over the limit of pending bytes: whoever sees this closes the connection as a slow consumer.</summary>
    Overflow,
}
