namespace Rivulet.Server.Outbound;

/// <summary>What a connection learns from its sender. Called without a lock, on whichever thread was sending.</summary>
internal interface IOutboundOwner
{
    /// <summary>The transport would not take more. The connection is over.</summary>
    void OnSendEnded(Exception? error);

    /// <summary>The peer took nothing for as long as the write deadline allows.</summary>
    void OnWriteDeadline();

    /// <summary>The queue was completed, and the last of it has been sent.</summary>
    void OnDrained();
}
