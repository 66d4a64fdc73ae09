using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net.Sockets;
using Rivulet.Protocol;
using Rivulet.Server.Accounts;
using Rivulet.Server.Hosting;
using Rivulet.Server.Logging;
using Rivulet.Server.Outbound;
using Rivulet.Server.Routing;
using Rivulet.Server.Security;
using Rivulet.Server.Security.Rights;
using Rivulet.Server.Tls;
using Rivulet.Server.Transports;
using Rivulet.Server.WebSockets;

namespace Rivulet.Server.Connections;

/// <summary>One client. Ties together what comes in, what goes out, its subscriptions and its end.</summary>
/// <remarks>
/// <para><b>Threads.</b> The receive loop (<see cref="RunAsync"/>) owns the input, the parser and everything in
/// <see cref="ClientOperations"/>. Any thread may queue a message, flush, or close.</para>
/// <para><b>The end.</b> <see cref="Close"/> happens once. It takes the subscriptions away, so nothing is routed here any
/// more, and lets what is queued go out unless the reason says that this is pointless. Then the output side is shut, and
/// for a short time input is read and dropped, because closing a socket with unread input would reset it and take the
/// last words (an <c>-ERR</c>) back. The receive loop ends last and gives everything back.</para>
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "RunAsync gives everything back when the connection has ended.")]
internal sealed class ClientConnection : IOutboundOwner
{
    // How long a peer has to close its side after we have shut ours.
    private static readonly TimeSpan LingerTime = TimeSpan.FromMilliseconds(250);

    // A connection whose input never runs dry gives its thread up this often, so that the others get their turn.
    private const int ReceivesInPlaceMax = 16;

    private readonly ConnectionEnvironment _environment;
    private readonly IByteTransport _transport;
    private ConnectionPeer _peer;
    private readonly OutboundQueue _output;
    private readonly OutboundSender _sender;
    private readonly ClientOperations _operations;
    private readonly InputBuffer _input = new();
    private readonly SubscriptionTable _subscriptions = new();
    private readonly KeepAlive _keepAlive;
    private readonly StoreWait _storeWait;
    private readonly LoopTurn _turn;
    private readonly InputPoll _poll;
    private readonly AuthenticationWait _authenticationWait;
    private readonly AdmissionTimer _admission;

    // Guards which account counts this connection. Innermost.
    private readonly Lock _membership = new();
    private readonly string? _nonce;
    private readonly TaskCompletionSource _outputEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Security.ClientIdentity _identity = Security.ClientIdentity.Anonymous;
    private Account _account;
    private ClientRights? _rights;
    private AuthenticationRequest? _presented;
    private bool _isCounted;
    private bool _isAnnounced;
    private CancellationTokenSource? _closing;
    private int _closedReason;
    private ITimer? _linger;
    private volatile bool _echo = true;
    private volatile bool _headers;

    /// <summary>A connection on a transport, which it owns from here on. <see cref="RunAsync"/> brings it to life.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="transport">What it runs on; a <see cref="TlsTransport"/> makes its handshake here.</param>
    /// <param name="peer">What is known of the peer.</param>
    /// <param name="environment">What connections share.</param>
    public ClientConnection(ulong id, IByteTransport transport, ConnectionPeer peer, ConnectionEnvironment environment)
    {
        Id = id;
        _transport = transport;
        _peer = peer;
        _environment = environment;
        _account = environment.Accounts.Global;
        Start = environment.Time.GetUtcNow();
        Label = LabelOf();

        var options = environment.Options;
        double jitter;
        lock (environment.Random)
            jitter = environment.Random.NextDouble();
        _output = new OutboundQueue(environment.Chunks, options.MaxPending);
        _sender = new OutboundSender(transport, _output, this, options.WriteDeadline, environment.Time);
        _keepAlive = new KeepAlive(this, options, environment.Time, jitter);
        Context = new ClientContext(id, Account.Name, ClientIp, Start) { ServerName = environment.Info.ServerName };
        _storeWait = new StoreWait(environment.Loops);
        _turn = new LoopTurn(environment.Loops);
        _poll = new InputPoll(environment.Busy, id, environment.Time, environment.Work);
        _authenticationWait = new AuthenticationWait(environment.Loops);
        _admission = new AdmissionTimer(this, environment.Time);
        _nonce = Authenticator.UsesNonce ? ConnectionNonce.Create() : null;
        _operations = new ClientOperations(this, environment);
    }

    /// <summary>The connection id, unique while the server runs.</summary>
    public ulong Id { get; }

    /// <summary>When it was made.</summary>
    public DateTimeOffset Start { get; }

    /// <summary>What finds out who it is. A reload puts another one in its place. Any thread.</summary>
    public IAuthenticator Authenticator => _environment.AuthenticatorFor(_peer);

    /// <summary>Where log lines say it comes from: <c>127.0.0.1:45990 - cid:6</c>, with what CONNECT told added.</summary>
    public string Label { get; private set; }

    /// <summary>Who it was found to be; nobody in particular before that. Any thread.</summary>
    public Security.ClientIdentity Identity => Volatile.Read(ref _identity);

    /// <summary>Is cancelled when the connection ends. Any thread.</summary>
    public CancellationToken Closing
    {
        get
        {
            var closing = Volatile.Read(ref _closing);
            if (closing is null)
            {
                closing = new CancellationTokenSource();
                closing = Interlocked.CompareExchange(ref _closing, closing, null) ?? closing;
            }

            // Whoever closed the connection meanwhile may not have seen it.
            if (IsClosing)
                closing.Cancel();
            return closing.Token;
        }
    }

    /// <summary>The account it belongs to: the global one until it is known who the client is. Any thread.</summary>
    public Account Account => Volatile.Read(ref _account);

    /// <summary>The account of the server's own events. Any thread.</summary>
    public Account SystemAccount => _environment.Accounts.System;

    /// <summary>What the client may do; null for everything. Any thread.</summary>
    public ClientRights? Rights => Volatile.Read(ref _rights);

    /// <summary>What JetStream keeps for it.</summary>
    public ClientContext Context { get; }

    /// <summary>What is known of the peer from the way that it came.</summary>
    public ConnectionPeer Peer => _peer;

    /// <summary>The peer's address without its port; empty in-process.</summary>
    public string ClientIp => _transport.RemoteEndPoint?.Address.ToString() ?? "";

    /// <summary>The peer's port; 0 in-process.</summary>
    public int ClientPort => _transport.RemoteEndPoint?.Port ?? 0;

    /// <summary>Whom the client says it is, for what tells of it before that is known; secrets do not show. Any thread.</summary>
    public string PresentedUser => Volatile.Read(ref _presented) is { } presented ? Security.PresentedUser.Raw(presented.Connect) : "";

    /// <summary>Time since the client published or pinged last.</summary>
    public TimeSpan IdleFor => _keepAlive.IdleFor;

    /// <summary>Whether it gets back what it publishes itself.</summary>
    public bool Echo => _echo;

    /// <summary>Why it ended; <see cref="ClosedReason.None"/> while it is open.</summary>
    public ClosedReason ClosedReason => (ClosedReason)Volatile.Read(ref _closedReason);

    /// <summary>Whether the receiver lags so far behind that producers should be held back a little.</summary>
    public bool IsLagging => _output.IsLagging;

    /// <summary>Bytes waiting to be sent.</summary>
    public long PendingBytes => _output.PendingBytes;

    /// <summary>Its subscriptions.</summary>
    public SubscriptionTable Subscriptions => _subscriptions;

    /// <summary>Messages and bytes so far.</summary>
    public TrafficCounters Traffic => new()
    {
        InMessages = _operations.InMessages,
        InBytes = _operations.InBytes,
        OutMessages = _output.Messages,
        OutBytes = _output.MessageBytes,
    };

    /// <summary>The last measured round trip; zero before that.</summary>
    public TimeSpan RoundTrip => _keepAlive.RoundTrip;

    private bool IsClosing => Volatile.Read(ref _closedReason) != 0;

    /// <summary>Greets the client and serves it until the connection has ended and everything is given back.</summary>
    /// <param name="admitted">False if there are too many connections: the client is greeted, told so, and closed.</param>
    public async Task RunAsync(bool admitted)
    {
        ServerLog.ConnectionCreated(_environment.Log, Label);
        try
        {
            if (admitted && _transport is TlsTransport secure && _environment.Tls is { } tls)
            {
                if (await new TlsOpening(this, secure, tls, _environment).RunAsync().ConfigureAwait(false))
                    Expect();
            }
            else
            {
                Greet();
                if (admitted)
                    Expect();
                else
                    Refuse();
            }

            await ReceiveAsync().ConfigureAwait(false);
        }
#pragma warning disable CA1031 // A fault of ours in serving one client must end that client only, and must be seen.
        catch (Exception e)
#pragma warning restore CA1031
        {
            ServerLog.ConnectionFault(_environment.Log, Label, e);
            Close(ClosedReason.InternalError);
            _transport.Abort();
        }

        await _outputEnded.Task.ConfigureAwait(false);
        if (_linger is not null)
            await _linger.DisposeAsync().ConfigureAwait(false);
        _sender.Dispose();
        await _transport.DisposeAsync().ConfigureAwait(false);
        _input.Dispose();
        _output.Abandon();
        _environment.Connections.Remove(this, _environment.Time.GetUtcNow());
    }

    /// <summary>Queues a message for one of the subscriptions. Any thread.</summary>
    public QueueOutcome Enqueue(in Publication publication, ClientSubscription subscription)
    {
        if (publication.Headers.IsEmpty || _headers)
        {
            var frame = new MessageFrame(
                publication.Subject,
                publication.Reply,
                publication.HeadersSize,
                publication.Size,
                publication.Headers,
                publication.Payload);
            return Deliver(frame, subscription);
        }

        Span<byte> digits = stackalloc byte[SizeDigits.Max];
        var stripped = new MessageFrame(
            publication.Subject,
            publication.Reply,
            default,
            SizeDigits.Format(publication.Payload.Length, digits),
            default,
            publication.Payload);
        return Deliver(stripped, subscription);
    }

    /// <summary>Queues a message that is not counted on any subscription. Receive loop.</summary>
    public void EnqueueNotice(in MessageFrame frame, ReadOnlySpan<byte> sid)
    {
        if (_output.AppendNotice(frame, sid) == QueueOutcome.Overflow)
            CloseAsSlowConsumer();
    }

    /// <summary>Queues protocol text. Any thread.</summary>
    public void Enqueue(ReadOnlySpan<byte> protocol)
    {
        _operations.TraceOut(protocol);
        if (_output.Append(protocol) == QueueOutcome.Overflow)
            CloseAsSlowConsumer();
    }

    /// <summary>Sends what is queued, as far as that goes without waiting. Any thread.</summary>
    public void Flush()
    {
        _sender.Flush();
    }

    /// <summary>Adds a subscription of this connection. Receive loop.</summary>
    /// <param name="subscription">The subscription.</param>
    /// <param name="rights">The rights that allow it.</param>
    public void Subscribe(ClientSubscription subscription, ClientRights? rights)
    {
        _subscriptions.Add(subscription);
        Account.Subscribe(subscription);

        // Whoever closed the connection meanwhile, or took this subscription away, may have done so before the account knew it.
        if (IsClosing || subscription.HasEnded)
        {
            Account.Unsubscribe(subscription);
        }
        else if (Rights is var present && present != rights)
        {
            // Whoever brought other rights meanwhile may have looked at the subscriptions before this one was there.
            Review(subscription, present);
            Flush();
        }
    }

    /// <summary>Ends a subscription of this connection. Any thread.</summary>
    public void Forget(ClientSubscription subscription)
    {
        _subscriptions.Remove(subscription);
        Account.Unsubscribe(subscription);
    }

    /// <summary>Ends all subscriptions. Any thread.</summary>
    public void ForgetAll()
    {
        foreach (var subscription in _subscriptions.TakeAll())
            Account.Unsubscribe(subscription);
    }

    /// <summary>Limits a subscription's deliveries; true if it has had them all. Receive loop.</summary>
    public bool LimitDeliveries(ClientSubscription subscription, long max)
    {
        return _output.LimitDeliveries(subscription, max);
    }

    /// <summary>Takes over what CONNECT said. Receive loop.</summary>
    public void Connected(ConnectOptions options, bool headers)
    {
        _echo = options.Echo;
        _headers = headers;
        Context.Connected(options, _environment.Time.GetUtcNow() - Start);
        Label = LabelOf() + ClientLabel.Of(options);
        _admission.Stop();
        _keepAlive.Start();
    }

    /// <summary>Takes over what a TLS handshake came to. Before the client says anything.</summary>
    public void Secured(TlsSession session)
    {
        _peer = _peer with { Tls = session };
    }

    /// <summary>What the client shows, for whoever decides about it. Receive loop.</summary>
    public AuthenticationRequest Present(ConnectOptions options)
    {
        var presented = new AuthenticationRequest
        {
            Connect = _peer.Cookies is { } cookies ? cookies.FillIn(options) : options,
            Nonce = _nonce ?? "",
            PeerCertificate = _peer.Certificate,
            IsMapped = _environment.TlsOptionsFor(_peer)?.MapClients == true,
            ConnectionType = _peer.ConnectionType,
            RemoteAddress = _transport.RemoteEndPoint?.Address,
            ConnectionId = Id,
        };
        Volatile.Write(ref _presented, presented);
        return presented;
    }

    /// <summary>Takes over who the client is. Receive loop.</summary>
    /// <returns>Why it cannot come in, or <see cref="ProtocolViolation.None"/>.</returns>
    public ProtocolViolation Admit(Security.ClientIdentity identity, ConnectOptions options)
    {
        if (!_environment.Accounts.TryGet(identity.AccountName, out var account))
            return ProtocolViolation.AuthorizationViolation;
        if (!TryEnter(account))
            return ProtocolViolation.MaximumAccountConnectionsExceeded;
        Volatile.Write(ref _identity, identity);
        Volatile.Write(ref _rights, ClientRights.For(identity.Permissions, _environment.Time));
        Context.Admitted(identity);
        _admission.Stop();
        Label = LabelOf() + ClientLabel.Of(options, identity);
        if (identity.Expires is { } expires)
            _admission.EndAt(expires);
        return ProtocolViolation.None;
    }

    /// <summary>
    /// Asks once more who the client is, since what that follows from may have changed. It is closed if it may not come in any more
    /// or belongs to another account now. Any thread, one at a time.
    /// </summary>
    public async Task ReviewAsync()
    {
        try
        {
            if (Volatile.Read(ref _presented) is not { } presented)
            {
                // It was let in without a CONNECT, where none was asked for.
                if (Authenticator.IsRequired && !_operations.AwaitsConnect)
                    TurnOut(ProtocolViolation.AuthorizationViolation, "");
                return;
            }

            IAuthenticator authenticator;
            int generation;
            AuthenticationResult result;
            do
            {
                authenticator = Authenticator;
                generation = authenticator.Generation;
                result = await authenticator.AuthenticateAsync(presented, Closing).ConfigureAwait(false);

                // Whoever says another CONNECT meanwhile is decided about by that.
                if (presented != Volatile.Read(ref _presented))
                    return;
            }
            while (authenticator != Authenticator || generation != authenticator.Generation);
            if (result.IsUnknown)
                Close(ClosedReason.AuthenticationViolation);
            else if (!result.IsAccepted)
                TurnOut(result.Violation, Security.PresentedUser.Suffix(presented.Connect));
            else if (result.Identity.AccountName != Account.Name)
                Close(ClosedReason.ClientClosed);
            else
                Change(result.Identity);
        }
#pragma warning disable CA1031 // Nobody waits for this, and a client about whom nothing can be found out cannot stay.
        catch (Exception e)
#pragma warning restore CA1031
        {
            if (!IsClosing)
                ServerLog.ConnectionFault(_environment.Log, Label, e);
            Close(ClosedReason.AuthenticationViolation);
        }
    }

    /// <summary>
    /// Takes over what has changed about the client while it is connected: when it ends, its permissions, and what follows from them for
    /// its subscriptions. Any thread, one at a time.
    /// </summary>
    public void Change(Security.ClientIdentity identity)
    {
        var rights = identity.Permissions == Rights?.Permissions ? Rights : ClientRights.For(identity.Permissions, _environment.Time);
        var old = Identity;
        Volatile.Write(ref _identity, identity);
        Volatile.Write(ref _rights, rights);
        Context.Changed(identity);
        if (identity.Expires is { } expires && expires != old.Expires)
            _admission.EndAt(expires);
        else if (identity.Expires is null && old.Expires is not null)
            _admission.Stop();
        foreach (var subscription in _subscriptions.Snapshot())
            Review(subscription, rights);
        Flush();
    }

    /// <summary>Notes a PONG. Receive loop.</summary>
    public void NotePong()
    {
        _keepAlive.NotePong();
    }

    /// <summary>Queues INFO. Any thread.</summary>
    /// <param name="connectInfo">Whether it answers a CONNECT.</param>
    /// <param name="tlsRequired">What it is to say about TLS, if that is not what the server says to all.</param>
    public void SendInfo(bool connectInfo, bool? tlsRequired = null)
    {
        SendInfo(_environment.InfoFor(_peer), connectInfo, tlsRequired, nonce: null);
    }

    /// <summary>The first INFO, which alone has the challenge to sign.</summary>
    /// <param name="tlsRequired">What it is to say about TLS, if that is not what the server says to all.</param>
    public void Greet(bool? tlsRequired = null)
    {
        SendInfo(_environment.InfoFor(_peer), connectInfo: false, tlsRequired, _nonce);
        Flush();
    }

    private void SendInfo(ServerInfo server, bool connectInfo, bool? tlsRequired, string? nonce)
    {
        var info = server with { ClientId = Id, ClientIp = ClientIp.Length > 0 ? ClientIp : null, Nonce = nonce };
        if (tlsRequired is { } required)
            info = info with { TlsRequired = required };
        if (connectInfo)
            info = info with { ConnectInfo = true, RemoteAccount = Account.Name, MaxPayload = _operations.MaxPayload };
        byte[] json = info.ToJson();
        byte[] line = new byte[ServerOperationWriter.MaxInfoLength(json.Length)];
        Enqueue(line.AsSpan(0, ServerOperationWriter.WriteInfo(line, json)));
    }

    /// <summary>Sends INFO again because something in it changed, if the client understands that. Any thread.</summary>
    public void AnnounceChange()
    {
        if (!_operations.TakesInfo)
            return;
        SendInfo(connectInfo: false);
        Flush();
    }

    /// <summary>Tells the client to go elsewhere, if it understands that. Any thread.</summary>
    public void AnnounceLameDuck()
    {
        if (!_operations.TakesInfo)
            return;
        SendInfo(_environment.InfoFor(_peer) with { LameDuckMode = true }, connectInfo: false, tlsRequired: null, nonce: null);
        Flush();
    }

    /// <summary>Tells of the client in the system account, now that it was let in. Receive loop; only the first call counts.</summary>
    public void AnnounceConnect()
    {
        if (_isAnnounced)
            return;
        _isAnnounced = true;
        _environment.Events?.Connected(this);
    }

    /// <summary>Tells in the system account that the client is turned away. Receive loop.</summary>
    public void AnnounceRefusal()
    {
        if (!IsClosing)
            _environment.Events?.TurnedAway(this);
    }

    /// <summary>Tells the account of a service that it turned the client away. Receive loop.</summary>
    public void AnnounceRefusal(string account)
    {
        if (!IsClosing)
            _environment.Events?.RefusedBy(account, this);
    }

    /// <summary>Sends a PING. The keep-alive timer.</summary>
    public void SendPing()
    {
        Enqueue(ServerOperationWriter.Ping);
        Flush();
        _output.ReleaseSpare();
    }

    /// <summary>Ends the connection because pings stayed unanswered.</summary>
    public void CloseAsStale()
    {
        CloseWith(ProtocolViolation.StaleConnection, ClosedReason.StaleConnection);
    }

    /// <summary>Ends the connection because too much waits for it.</summary>
    public void CloseAsSlowConsumer()
    {
        if (IsClosing)
            return;
        ServerLog.SlowConsumerPending(_environment.Log, Label, _environment.Options.MaxPending);
        Close(ClosedReason.SlowConsumerPendingBytes);
    }

    /// <summary>Ends the connection with an <c>-ERR</c>, if the violation has a text.</summary>
    public void CloseWith(ProtocolViolation violation, ClosedReason reason)
    {
        if (IsClosing)
            return;
        SendError(violation);
        Close(reason);
    }

    /// <summary>Queues an <c>-ERR</c>, if the violation has a text.</summary>
    public void SendError(ProtocolViolation violation)
    {
        var text = violation.ErrorText();
        if (text.IsEmpty)
            return;
        Span<byte> line = stackalloc byte[ServerOperationWriter.MaxErrorLength(text.Length)];
        Enqueue(line[..ServerOperationWriter.WriteError(line, text)]);
    }

    /// <summary>Ends the connection. Any thread; only the first call counts.</summary>
    public void Close(ClosedReason reason)
    {
        if (Interlocked.CompareExchange(ref _closedReason, (int)reason, (int)ClosedReason.None) != (int)ClosedReason.None)
            return;
        ServerLog.ConnectionClosed(_environment.Log, Label, reason.ToText());
        _keepAlive.Dispose();
        _admission.Dispose();
        Volatile.Read(ref _closing)?.Cancel();
        ForgetAll();
        Leave(reason);
        _environment.Events?.Disconnected(this, reason);
        if (reason is ClosedReason.ReadError
            or ClosedReason.WriteError
            or ClosedReason.TlsHandshakeError
            or ClosedReason.SlowConsumerPendingBytes
            or ClosedReason.SlowConsumerWriteDeadline)
        {
            Cut();
        }
        else
        {
            _output.Complete();
            _sender.Flush();
        }
    }

    /// <summary>Ends the connection at once, whatever is still to be sent. Any thread.</summary>
    public void Abort()
    {
        Close(ClosedReason.ServerShutdown);
        Cut();
    }

    void IOutboundOwner.OnSendEnded(Exception? error)
    {
        Close(ClosedReason.WriteError);
        Cut();
        _outputEnded.TrySetResult();
    }

    void IOutboundOwner.OnWriteDeadline()
    {
        ServerLog.SlowConsumerDeadline(
            _environment.Log, Label, GoDuration.Format(_environment.Options.WriteDeadline), _output.ChunkCount, _output.PendingBytes);
        Close(ClosedReason.SlowConsumerWriteDeadline);
        Cut();
    }

    void IOutboundOwner.OnDrained()
    {
        _transport.CloseOutput(ClosedReason);
        _linger = _environment.Time.CreateTimer(
            static transport => ((IByteTransport)transport!).Abort(), _transport, LingerTime, Timeout.InfiniteTimeSpan);
        _outputEnded.TrySetResult();
    }

    /// <summary>The first INFO, which alone has the nonce.</summary>
    /// <summary>Waits for what the client has to say.</summary>
    private void Expect()
    {
        _keepAlive.Start();
        var authenticator = Authenticator;

        // It may be another one than when the connection was made.
        _operations.Expect(authenticator.IsRequired);
        if (authenticator.IsRequired)
            _admission.Start(OwnTimeout() ?? authenticator.Timeout);
        else
            TryEnter(_account);
    }

    /// <summary>How long a client of its kind has for CONNECT; null where that is no other time than for all.</summary>
    private TimeSpan? OwnTimeout()
    {
        return Peer.Kind == ConnectionKind.WebSocket ? _environment.Options.WebSocket?.AuthTimeout : null;
    }

    /// <summary>Belongs to an account from now on, if that has room for one more.</summary>
    private bool TryEnter(Account account)
    {
        Account? left;
        lock (_membership)
        {
            if (_isCounted && account == _account)
                return true;
            if (IsClosing)
                return true;
            if (!account.TryEnter())
                return false;
            left = _isCounted ? _account : null;
            left?.Leave(ClosedReason.None);
            _isCounted = true;
            Volatile.Write(ref _account, account);
        }

        if (left is not null)
            _environment.Events?.ConnectionsChanged(left);
        _environment.Events?.ConnectionsChanged(account);
        return true;
    }

    private void Leave(ClosedReason reason)
    {
        lock (_membership)
        {
            if (!_isCounted)
                return;
            _account.Leave(reason);
            _isCounted = false;
        }

        _environment.Events?.ConnectionsChanged(_account);
    }

    /// <summary>
    /// Ends the connection of a client that may not stay, as that of one that may not come in. Not where its user is gone: as in the
    /// reference server, that is without a word.
    /// </summary>
    private void TurnOut(ProtocolViolation violation, string user)
    {
        if (IsClosing)
            return;
        ServerLog.AuthenticationFailed(_environment.Log, Label, user);
        CloseWith(violation, ClosedReason.AuthenticationViolation);
    }

    /// <summary>Looks whether rights that are new allow a subscription that is there.</summary>
    private void Review(ClientSubscription subscription, ClientRights? rights)
    {
        if (rights is not null && !rights.MaySubscribe(subscription.Filter, subscription.Queue))
            Revoke(subscription);
        else
            subscription.IsFiltered = rights is not null && rights.MustFilter(subscription.Filter, subscription.Queue is not null);
    }

    private void Revoke(ClientSubscription subscription)
    {
        Forget(subscription);
        Enqueue(SubscriptionViolation.Revoked(subscription));
        ServerLog.PermissionsViolation(_environment.Log, Label, SubscriptionViolation.RevokedLog(subscription));
    }

    private void Refuse()
    {
        ServerLog.TooManyConnections(_environment.Log, Label);
        CloseWith(ProtocolViolation.MaximumConnectionsExceeded, ClosedReason.MaxConnectionsExceeded);
    }

    private void Cut()
    {
        if (_output.Abandon())
            _outputEnded.TrySetResult();
        _transport.Abort();
    }

    private QueueOutcome Deliver(in MessageFrame frame, ClientSubscription subscription)
    {
        var outcome = _output.AppendMessage(frame, subscription);
        if (_operations.IsTracing && outcome is QueueOutcome.Queued or QueueOutcome.QueuedLast)
            _operations.TraceOut(frame, subscription.Sid);
        return outcome;
    }

    private async Task ReceiveAsync()
    {
        int receivesInPlace = 0;
        while (true)
        {
            var free = _input.Free();
            receivesInPlace++;
            TransportResult received = default;
            bool isReceived = false;

            // What grew for a large message is kept only for one that is on its way already, and not by those who fall silent.
            if (_input.IsOversized)
            {
                isReceived = _transport.CanLook && receivesInPlace < ReceivesInPlaceMax
                    && (received = _transport.TryReceive(free.Span)).Status != TransportStatus.WouldBlock;
                if (!isReceived)
                {
                    _input.ShrinkToUsual();
                    free = _input.Free();
                }
            }

            // The last one before the turn is waited for: the thread may be the one that learns of the input of all sockets.
            if (!isReceived && (receivesInPlace == ReceivesInPlaceMax || !_poll.TryReceive(_transport, free.Span, out received)))
            {
                var receive = _transport.ReceiveAsync(free);
                if (!receive.IsCompleted)
                    receivesInPlace = 0;
                received = await receive.ConfigureAwait(false);
            }

            if (received.Status != TransportStatus.Completed)
            {
                if (received.Error is WebSocketException violation)
                    ServerLog.ReadFailed(_environment.Log, Label, violation.Message);
                Close(received.Status == TransportStatus.Closed ? ClosedReason.ClientClosed : ClosedReason.ReadError);
                return;
            }

            _input.Filled(received.Bytes);
            if (IsClosing)
                _input.Discard();
            else if (_input.IsWorthReading)
            {
                // Not in a method of its own: one that ends just while it begins to be awaited goes on on the thread pool.
                ExecuteOutcome outcome;
                while ((outcome = _operations.Execute(_input)) != ExecuteOutcome.Done)
                {
                    if (outcome == ExecuteOutcome.WaitForAuthentication)
                    {
                        await _authenticationWait.ForAsync(_operations.Authentication).ConfigureAwait(false);
                        _operations.Authenticated();
                        if (IsClosing)
                            break;
                        continue;
                    }

                    while (_environment.CommitBarrier is { } barrier && !barrier.HasSettled(Context))
                        await _storeWait.ForCommitAsync(barrier, Context).ConfigureAwait(false);
                    _operations.Pong();
                }

                if (_operations.SawActivity)
                    _keepAlive.NoteActivity();
                while (_environment.CommitBarrier is { HasRoom: false } barrier)
                    await _storeWait.ForRoomAsync(barrier).ConfigureAwait(false);
                if (Context.HasOutrunConsumers)
                    await Context.WaitForConsumersAsync().ConfigureAwait(false);
                if (_operations.Lagging is { } receiver && !_environment.Options.NoFastProducerStall)
                {
                    _environment.Connections.CountStall();
                    await ProducerStall.WaitAsync(receiver, _environment.Time).ConfigureAwait(false);
                }
            }

            if (receivesInPlace >= ReceivesInPlaceMax)
            {
                receivesInPlace = 0;
                await _turn;
            }
        }
    }

    private string LabelOf()
    {
        string peer = _transport.RemoteEndPoint?.ToString() ?? "in-process";
        if (_peer.ForwardedFor is { } client)
            peer = client.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{client}]/{peer}" : $"{client}/{peer}";
        return string.Create(CultureInfo.InvariantCulture, $"{peer} - {(_peer.Kind == ConnectionKind.WebSocket ? "wid" : "cid")}:{Id}");
    }
}
