using Rivulet.JetStream.Hosting;

namespace Rivulet.JetStream.Api;

/// <summary>
/// An operation that runs inside the publisher's receive loop and answers with messages of its own: direct gets and pull
/// requests. It must be short and must not block.
/// </summary>
/// <param name="account">Account whose API was asked.</param>
/// <param name="operation">The subject behind the API prefix: <c>DIRECT.GET.KV_B</c>.</param>
/// <param name="message">The request; borrowed until the handler returns. Its publisher is missing if it had to wait.</param>
/// <param name="batch">For the answers; the caller flushes it.</param>
/// <returns>False if nobody answers to this subject: the requester is told that there are no responders.</returns>
public delegate bool InlineHandler(
    JetStreamAccount account, ReadOnlySpan<byte> operation, in RoutedMessage message, DeliveryBatch batch);

/// <summary>Binds a subject pattern to an <see cref="InlineHandler"/>.</summary>
/// <param name="Pattern">Subject pattern behind the API prefix: <c>CONSUMER.MSG.NEXT.*.*</c>.</param>
/// <param name="Handler">What runs.</param>
public sealed record InlineRoute(string Pattern, InlineHandler Handler);
