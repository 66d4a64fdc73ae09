using System.Buffers;
using System.Text;
using Rivulet.JetStream.Api.Errors;
using Rivulet.JetStream.Api.Json;
using Rivulet.JetStream.Hosting;

namespace Rivulet.JetStream.Api;

/// <summary>
/// A request of the API, copied out of the receive buffer so that it can wait and run elsewhere. One thread at a time
/// has it; whoever finishes it disposes it.
/// </summary>
public sealed class ApiRequest : IDisposable
{
    private byte[] _buffer;
    private readonly int _tokensStart;
    private readonly int _subjectLength;
    private readonly int _replyLength;
    private readonly int _headersLength;
    private readonly int _payloadLength;

    /// <summary>Copies <paramref name="message"/>.</summary>
    /// <param name="account">Account whose API was asked.</param>
    /// <param name="message">The message; borrowed until this returns.</param>
    /// <param name="prefixLength">Length of the subject's API prefix with its last dot.</param>
    /// <param name="answersIn">Where the answer is published; <c>null</c>: in the account.</param>
    internal ApiRequest(JetStreamAccount account, in RoutedMessage message, int prefixLength, IAccountRouter? answersIn = null)
    {
        Account = account;
        AnswersIn = answersIn ?? account.Router;
        Client = message.Publisher?.Identity;
        _tokensStart = prefixLength;
        _subjectLength = message.Subject.Length;
        _replyLength = message.Reply.Length;
        _headersLength = message.Headers.Length;
        _payloadLength = message.Payload.Length;
        _buffer = ArrayPool<byte>.Shared.Rent(_subjectLength + _replyLength + _headersLength + _payloadLength);
        Span<byte> rest = _buffer;
        message.Subject.CopyTo(rest);
        message.Reply.CopyTo(rest = rest[_subjectLength..]);
        message.Headers.CopyTo(rest = rest[_replyLength..]);
        message.Payload.CopyTo(rest[_headersLength..]);
    }

    /// <summary>Account whose API was asked.</summary>
    public JetStreamAccount Account { get; }

    /// <summary>Where its answer is published: in the account, or in the one that asked about it.</summary>
    internal IAccountRouter AnswersIn { get; }

    /// <summary>Who asked; <c>null</c> when the server did.</summary>
    public ClientIdentity? Client { get; }

    /// <summary>Subject the request was sent to.</summary>
    public ReadOnlySpan<byte> Subject => _buffer.AsSpan(0, _subjectLength);

    /// <summary>The subject behind the API prefix: <c>STREAM.INFO.ORDERS</c>.</summary>
    public ReadOnlySpan<byte> Operation => Subject[_tokensStart..];

    /// <summary>Where the response goes, empty for nowhere.</summary>
    public ReadOnlySpan<byte> Reply => _buffer.AsSpan(_subjectLength, _replyLength);

    /// <summary>Header block, empty for none.</summary>
    public ReadOnlySpan<byte> Headers => _buffer.AsSpan(_subjectLength + _replyLength, _headersLength);

    /// <summary>Body of the request, most often JSON.</summary>
    public ReadOnlySpan<byte> Body => _buffer.AsSpan(_subjectLength + _replyLength + _headersLength, _payloadLength);

    /// <summary>Token <paramref name="index"/> of <see cref="Operation"/> as text, empty when there is none.</summary>
    public string Token(int index) => Encoding.UTF8.GetString(TokenBytes(Operation, index));

    /// <summary>Everything of <see cref="Operation"/> from token <paramref name="index"/> on, dots included.</summary>
    public string TokensFrom(int index)
    {
        ReadOnlySpan<byte> rest = Operation;
        for (int i = 0; i < index; i++)
        {
            int dot = rest.IndexOf((byte)'.');
            if (dot < 0)
                return "";
            rest = rest[(dot + 1)..];
        }

        return Encoding.UTF8.GetString(rest);
    }

    /// <summary>Name of the stream of requests whose third token it is: <c>STREAM.INFO.ORDERS</c>.</summary>
    public string StreamName => Token(2);

    /// <summary>Whether members that the API does not know are an error.</summary>
    public bool IsStrict => Account.Engine.Options.Strict;

    /// <summary>Reads the body; a mistake in it becomes the response's error.</summary>
    /// <typeparam name="T">What it is read into.</typeparam>
    /// <param name="type">Name of the request's type in error texts.</param>
    /// <param name="into">What it is read into, with its defaults set.</param>
    /// <param name="member">Reads one member.</param>
    /// <param name="response">Gets the error.</param>
    public bool TryRead<T>(string type, T into, MemberReader<T> member, ApiResponse response)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(response);
        if (RequestReader.Read(Body, type, IsStrict, into, member) is { } mistake)
            response.Error = JetStreamError.InvalidJSON.With(mistake);
        return response.Error is null;
    }

    /// <summary>As <see cref="TryRead"/>, but a body that is no JSON object or array at all is passed over.</summary>
    /// <typeparam name="T">What it is read into.</typeparam>
    /// <param name="type">Name of the request's type in error texts.</param>
    /// <param name="into">What it is read into, with its defaults set.</param>
    /// <param name="member">Reads one member.</param>
    /// <param name="response">Gets the error.</param>
    public bool TryReadOptional<T>(string type, T into, MemberReader<T> member, ApiResponse response)
        where T : class
    {
        ReadOnlySpan<byte> body = Body.TrimStart(" \t\r\n"u8);
        return body.IsEmpty || body[0] is not ((byte)'{' or (byte)'[') || TryRead(type, into, member, response);
    }

    /// <summary>The copy as a message again, for handlers that run in place.</summary>
    internal RoutedMessage AsMessage() => new(Subject, Reply, Headers, Body, publisher: null);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private static ReadOnlySpan<byte> TokenBytes(ReadOnlySpan<byte> subject, int index)
    {
        for (int i = 0; i < index; i++)
        {
            int next = subject.IndexOf((byte)'.');
            if (next < 0)
                return default;
            subject = subject[(next + 1)..];
        }

        int end = subject.IndexOf((byte)'.');
        return end < 0 ? subject : subject[..end];
    }
}
