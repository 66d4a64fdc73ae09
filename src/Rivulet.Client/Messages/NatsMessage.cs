using System.Runtime.CompilerServices;
using System.Text;
using Rivulet.Protocol;

namespace Rivulet.Client;

/// <summary>A received message. Immutable; may be kept and read from any thread.</summary>
/// <remarks>
/// The message is one array, <c>subject reply headers payload</c>, copied from the receive buffer; text and headers are
/// made from it when they are first asked for.
/// </remarks>
public sealed class NatsMessage
{
    private readonly NatsConnection _connection;
    private readonly byte[] _data;
    private readonly int _replyToStart;
    private readonly int _headersStart;
    private readonly int _payloadStart;
    private string? _subject;
    private string? _replyTo;
    private NatsHeaders? _headers;

    internal NatsMessage(NatsConnection connection, in InboundMessage message)
    {
        _connection = connection;
        _replyToStart = message.Subject.Length;
        _headersStart = _replyToStart + message.ReplyTo.Length;
        _payloadStart = _headersStart + message.Headers.Length;
        _data = GC.AllocateUninitializedArray<byte>(_payloadStart + message.Payload.Length);
        message.Subject.CopyTo(_data);
        message.ReplyTo.CopyTo(_data.AsSpan(_replyToStart));
        message.Headers.CopyTo(_data.AsSpan(_headersStart));
        message.Payload.CopyTo(_data.AsSpan(_payloadStart));
    }

    /// <summary>The subject it was published to.</summary>
    public string Subject => _subject ??= Encoding.UTF8.GetString(SubjectBytes);

    /// <summary>The subject that an answer goes to, null if none is wanted.</summary>
    public string? ReplyTo =>
        ReplyToBytes.IsEmpty ? null : _replyTo ??= Encoding.UTF8.GetString(ReplyToBytes);

    /// <summary>Its headers, null if it has none. They cannot be changed.</summary>
    public NatsHeaders? Headers => HeaderBytes.IsEmpty ? null : _headers ??= NatsHeaders.Read(HeaderBytes);

    /// <summary>Its payload. Belongs to this message alone.</summary>
    public ReadOnlyMemory<byte> Payload => _data.AsMemory(_payloadStart);

    internal NatsConnection Connection => _connection;

    internal ReadOnlySpan<byte> SubjectBytes => _data.AsSpan(0, _replyToStart);

    internal ReadOnlySpan<byte> ReplyToBytes => _data.AsSpan(_replyToStart, _headersStart - _replyToStart);

    internal ReadOnlySpan<byte> HeaderBytes => _data.AsSpan(_headersStart, _payloadStart - _headersStart);

    /// <summary>The headers as the protocol sees them. Ask <see cref="HeaderBytes"/> first whether there are any.</summary>
    internal HeaderBlock HeaderBlock => new(HeaderBytes);

    /// <summary>The inline status, 0 for an ordinary message.</summary>
    internal int Status => HeaderBytes.IsEmpty ? 0 : HeaderBlock.Status;

    /// <summary>Headers and payload, in bytes: what a queue counts.</summary>
    internal int SizeBytes => _data.Length - _headersStart;

    /// <summary>The payload as a value, by the given serializer or the connection's.</summary>
    public T Decode<T>(INatsSerializer<T>? serializer = null) =>
        (serializer ?? _connection.Options.Serializers.Get<T>()).Deserialize(Payload);

    /// <summary>Publishes an answer to <see cref="ReplyTo"/>.</summary>
    /// <exception cref="InvalidOperationException">The message wants no answer.</exception>
    [OverloadResolutionPriority(1)]
    public ValueTask ReplyAsync(
        ReadOnlyMemory<byte> payload = default, NatsHeaders? headers = null, CancellationToken cancellationToken = default) =>
        _connection.PublishAsync(RequireReplyTo(), payload, null, headers, cancellationToken);

    /// <summary>Publishes a value as the answer to <see cref="ReplyTo"/>.</summary>
    /// <exception cref="InvalidOperationException">The message wants no answer.</exception>
    public ValueTask ReplyAsync<T>(
        T value,
        NatsHeaders? headers = null,
        INatsSerializer<T>? serializer = null,
        CancellationToken cancellationToken = default) =>
        _connection.PublishAsync(RequireReplyTo(), value, null, headers, serializer, cancellationToken);

    private string RequireReplyTo() =>
        ReplyTo ?? throw new InvalidOperationException($"The message on '{Subject}' has no reply subject.");
}
