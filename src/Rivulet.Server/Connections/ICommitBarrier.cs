using Rivulet.JetStream.Hosting;
using Rivulet.Storage;

namespace Rivulet.Server.Connections;

/// <summary>What a receive loop waits for, so that a PONG is a barrier and publishers go no faster than the disk.</summary>
internal interface ICommitBarrier
{
    /// <summary>Whether so little waits for the disk that a publisher need not wait.</summary>
    bool HasRoom { get; }

    /// <summary>Whether everything that a publisher has appended is committed, or never will be.</summary>
    bool HasSettled(PublisherContext publisher);

    /// <summary>Wakes a waiter when <see cref="HasSettled"/> may have become true, at once if it is.</summary>
    void WhenSettled(PublisherContext publisher, ICommitWaiter waiter);

    /// <summary>Wakes a waiter when <see cref="HasRoom"/> may have become true, at once if it is.</summary>
    void WhenRoom(IRoomWaiter waiter);
}
