using System.Net.Security;
using System.Reflection;
using System.Security.Authentication;
using System.Text;
using Rivulet.Client.Transport;
using Rivulet.Protocol;

namespace Rivulet.Client;

/// <summary>
/// The beginning of a session: the server greets with INFO, TLS is started where it is wanted, we introduce ourselves with
/// CONNECT and a PING, and the PONG says that we are accepted. What was received beyond it stays in the buffer.
/// </summary>
internal sealed class Handshake : IAsyncDisposable
{
    private const string Language = "dotnet";

    private static readonly string ClientVersion =
        typeof(Handshake).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
            .Split('+')[0] ?? "0";

    private readonly NatsConnectionOptions _options;
    private readonly ServerAddress _address;
    private ServerInfo? _info;
    private bool _accepted;
    private NatsServerException? _refusal;

    public Handshake(NatsConnectionOptions options, ServerAddress address) => (_options, _address) = (options, address);

    /// <summary>The transport that the session goes on with; null before it is open.</summary>
    public ClientTransport? Transport { get; private set; }

    public ReceiveBuffer Received { get; } = new();

    /// <summary>Runs it. Returns what the server said of itself.</summary>
    /// <exception cref="NatsException">The server refused us, or is not one.</exception>
    public async Task<ServerInfo> RunAsync(CancellationToken cancellationToken)
    {
        Transport = await OpenTransportAsync(cancellationToken).ConfigureAwait(false);
        if (_options.Tls?.HandshakeFirst == true)
            await StartTlsAsync(cancellationToken).ConfigureAwait(false);
        await ReceiveUntilAsync(() => _info is not null, cancellationToken).ConfigureAwait(false);
        if (Transport is not TlsTransport && WantsTls(_info!))
            await StartTlsAsync(cancellationToken).ConfigureAwait(false);
        await Transport.SendAsync(Introduction(), cancellationToken).ConfigureAwait(false);
        await ReceiveUntilAsync(() => _accepted, cancellationToken).ConfigureAwait(false);
        return _info!;
    }

    public async ValueTask DisposeAsync()
    {
        if (Transport is not null)
        {
            Transport.Abort();
            await Transport.DisposeAsync().ConfigureAwait(false);
        }

        Received.Dispose();
    }

    private async ValueTask<ClientTransport> OpenTransportAsync(CancellationToken cancellationToken) =>
        _options.TransportFactory is { } factory
            ? new PipeTransport(await factory(cancellationToken).ConfigureAwait(false))
            : await SocketTransport.ConnectAsync(_address.Host, _address.Port, cancellationToken).ConfigureAwait(false);

    /// <summary>True if TLS is to be started now. A server that offers none where it is required is refused.</summary>
    private bool WantsTls(ServerInfo info)
    {
        bool required = _address.RequiresTls || _options.Tls?.Required == true;
        if (required && !info.TlsRequired && !info.TlsAvailable)
            throw new NatsException("secure connection not available");
        return required || info.TlsRequired;
    }

    private async Task StartTlsAsync(CancellationToken cancellationToken)
    {
        ClientTransport plain = Transport!;
        Stream below = plain.AsStream() ?? throw new NatsException("secure connection not available");
        SslStream tls = new(below, leaveInnerStreamOpen: false);
        Transport = new TlsTransport(tls, plain);
        try
        {
            await tls.AuthenticateAsClientAsync(TlsAuthentication.For(_options.Tls, _address.Host), cancellationToken)
                .ConfigureAwait(false);
        }
        catch (AuthenticationException failure)
        {
            throw new NatsTlsException(TlsAuthentication.Describe(failure), failure);
        }
    }

    private byte[] Introduction()
    {
        byte[] json = new ConnectOptions
        {
            Echo = _options.Echo,
            Verbose = _options.Verbose,
            Pedantic = _options.Pedantic,
            TlsRequired = Transport is TlsTransport,
            User = _address.User ?? _options.User,
            Password = _address.Password ?? _options.Password,
            AuthToken = _address.Token ?? _options.Token,
            Name = _options.Name ?? "",
            Language = Language,
            Version = ClientVersion,
            Protocol = 1,
            Headers = true,
            NoResponders = true,
        }.ToJson();
        byte[] buffer = new byte[ClientOperationWriter.MaxConnectLength(json.Length) + ClientOperationWriter.Ping.Length];
        int length = ClientOperationWriter.WriteConnect(buffer, json);
        ClientOperationWriter.Ping.CopyTo(buffer.AsSpan(length));
        return buffer[..(length + ClientOperationWriter.Ping.Length)];
    }

    private async Task ReceiveUntilAsync(Func<bool> reached, CancellationToken cancellationToken)
    {
        int neededBytes = 0;
        while (true)
        {
            neededBytes = Parse();
            if (_refusal is not null)
                throw _refusal;
            if (reached())
                return;
            int count = await Transport!.ReceiveAsync(Received.GetFree(neededBytes), cancellationToken).ConfigureAwait(false);
            if (count == 0)
                throw new NatsConnectionLostException("the server closed the connection");
            Received.Received(count);
        }
    }

    /// <summary>Takes operations until one of them is a step. Returns the bytes that the next one needs; 0 if unknown.</summary>
    private int Parse()
    {
        Steps steps = new(this);
        ParseStatus status = ServerOperationParser.Parse(
            Received.Unread, SessionLimits.Value, ref steps, out int consumed, out int neededBytes);
        Received.Consume(consumed);
        if (status.IsViolation)
            throw ServerSession.ToException(status.Violation);
        return neededBytes;
    }

    /// <summary>Stops the parser after each step.</summary>
    private readonly struct Steps(Handshake handshake) : IServerOperationHandler
    {
        public bool OnInfo(ReadOnlySpan<byte> json)
        {
            handshake._info = ServerInfo.TryParse(json) ?? throw new NatsProtocolException("the server's INFO cannot be read");
            return false;
        }

        public bool OnPong()
        {
            handshake._accepted = true;
            return false;
        }

        public bool OnError(ReadOnlySpan<byte> text)
        {
            handshake._refusal = ServerErrors.ToException(Encoding.UTF8.GetString(text));
            return false;
        }

        public bool OnMessage(in MessageOperation operation) =>
            throw new NatsProtocolException("the server sent a message before it accepted the connection");

        /// <summary>A ping during the handshake is answered by what we send next.</summary>
        public bool OnPing() => true;

        public bool OnOk() => true;
    }
}

/// <summary>What a client accepts from a server: it does not choose how long INFO and messages are.</summary>
internal static class SessionLimits
{
    private const int ControlLineMax = 1024 * 1024;
    private const int MessageMax = 256 * 1024 * 1024;

    public static readonly ParserLimits Value = new() { MaxControlLine = ControlLineMax, MaxPayload = MessageMax };
}
