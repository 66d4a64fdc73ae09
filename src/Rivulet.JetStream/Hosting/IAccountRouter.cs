namespace Rivulet.JetStream.Hosting;

/// <summary>
/// The subject space of one account, as JetStream sees it. The server implements it, one for each account.
/// </summary>
/// <remarks>
/// Every member may be called from any thread. Spans are borrowed until the call returns. No member calls back into
/// JetStream before it returns, except <see cref="Publish"/> and <see cref="Deliver"/>, which run the handlers that match.
/// </remarks>
public interface IAccountRouter
{
    /// <summary>Name of the account, as configured: <c>$G</c> for the global one.</summary>
    string AccountName { get; }

    /// <summary>Calls <paramref name="handler"/> for every message on a subject that <paramref name="filter"/> matches.</summary>
    /// <returns>Ends the subscription when disposed. A call that is under way may still finish afterwards.</returns>
    IDisposable Subscribe(ReadOnlySpan<byte> filter, IMessageHandler handler);

    /// <summary>Publishes inside the account as the server itself: plain and queue subscriptions, handlers included.</summary>
    /// <param name="subject">Literal subject.</param>
    /// <param name="reply">Reply subject, empty for none.</param>
    /// <param name="headers">Header block, empty for none.</param>
    /// <param name="payload">Payload.</param>
    /// <param name="batch">Where the receivers' writes are gathered until it is flushed.</param>
    /// <returns>True if anyone received it.</returns>
    bool Publish(
        ReadOnlySpan<byte> subject,
        ReadOnlySpan<byte> reply,
        ReadOnlySpan<byte> headers,
        ReadOnlySpan<byte> payload,
        DeliveryBatch batch);

    /// <summary>
    /// Sends a stored message to everyone subscribed to <paramref name="deliverTo"/>, plainly or in a queue group, with
    /// <paramref name="subject"/> as the subject that they read on the message line.
    /// </summary>
    /// <param name="deliverTo">Literal subject that picks the receivers.</param>
    /// <param name="subject">Subject shown to the receiver.</param>
    /// <param name="reply">Reply subject shown to the receiver, empty for none.</param>
    /// <param name="headers">Header block, empty for none.</param>
    /// <param name="payload">Payload.</param>
    /// <param name="batch">Where the receivers' writes are gathered until it is flushed.</param>
    /// <returns>True if anyone received it.</returns>
    bool Deliver(
        ReadOnlySpan<byte> deliverTo,
        ReadOnlySpan<byte> subject,
        ReadOnlySpan<byte> reply,
        ReadOnlySpan<byte> headers,
        ReadOnlySpan<byte> payload,
        DeliveryBatch batch);

    /// <summary>
    /// Whether a member of a queue group is subscribed to a subject now, or, without a group, anyone plainly. Handlers do not count.
    /// </summary>
    bool HasInterest(ReadOnlySpan<byte> subject, string? queueGroup);

    /// <summary>
    /// Whether <see cref="Publish"/> would reach anyone now: subscriptions, queue groups and handlers. Allocates nothing, so
    /// that what nobody wants to hear need not be made.
    /// </summary>
    bool IsHeard(ReadOnlySpan<byte> subject);

    /// <summary>Tells <paramref name="observer"/> whenever what <see cref="HasInterest"/> says of a literal subject changes.</summary>
    /// <returns>Ends the watch when disposed.</returns>
    IDisposable WatchInterest(ReadOnlySpan<byte> subject, string? queueGroup, IInterestObserver observer);

    /// <summary>
    /// The account on this server that has a stream which this account is allowed to copy: its requests for a consumer of the stream
    /// get there, and what the consumer delivers gets here.
    /// </summary>
    /// <param name="apiPrefix">What the subjects of that account's API begin with here, without the last dot.</param>
    /// <param name="deliverPrefix">What the subjects that it delivers to begin with, without the last dot.</param>
    /// <param name="stream">Name of the stream.</param>
    /// <returns>Name of the account; <c>null</c> if there is none.</returns>
    string? FindOriginAccount(string apiPrefix, string deliverPrefix, string stream) => null;

    /// <summary>A new batch. It is reusable after each flush, and belongs to one thread at a time.</summary>
    DeliveryBatch CreateBatch();
}
