namespace Rivulet.JetStream.Consumers;

/// <summary>Why a consumer ends, for those who wait at it.</summary>
internal enum ConsumerEnd
{
    /// <summary>It was deleted, or its stream was.</summary>
    Deleted,

    /// <summary>The server goes away, or the consumer has failed; it may come back.</summary>
    Stopped,
}
