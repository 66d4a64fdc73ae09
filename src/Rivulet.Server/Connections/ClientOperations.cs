using System.Buffers;
using System.Text;
using Rivulet.Protocol;
using Rivulet.Server.Accounts;
using Rivulet.Server.Hosting;
using Rivulet.Server.Logging;
using Rivulet.Server.Outbound;
using Rivulet.Server.Routing;
using Rivulet.Server.Security;
using Rivulet.Server.Tracing;

namespace Rivulet.Server.Connections;

/// <summary>Executes what one client sends, operation by operation, in place on the input buffer.</summary>
/// <remarks>
/// The connection's receive loop is the only thread here, except for <see cref="TraceOut(ReadOnlySpan{byte})"/> and the
/// counters, which anyone may read. Everything written to other connections is gathered in the batch and flushed once
/// per call of <see cref="Execute"/>, or now and then in a long one.
/// </remarks>
internal sealed class ClientOperations
{
    // Whoever asks for many things at once gets the first answers while the rest is still worked on, so that both sides have
    // something to do. Fewer at a time cost more in calls than that gains.
    private const int AskedBetweenFlushes = 64;

    private readonly ClientConnection _connection;
    private readonly ConnectionEnvironment _environment;
    private readonly ServerDeliveryBatch _batch;
    private ProtocolTrace? _trace;
    private NatsServerOptions _settings;
    private AccountSettings? _accountSettings;
    private ConnectOptions _options = ConnectOptions.Default;
    private ParserLimits _limits;
    private int _subscriptionsMax = int.MaxValue;
    private Random? _mappingRandom;
    private bool _connected;
    private bool _ponged;
    private bool _waitForCommit;
    private bool _awaitsConnect;
    private Task<AuthenticationResult>? _authentication;
    private IAuthenticator? _decider;
    private int _decidedIn;
    private int _asked;
    private long _inMessages;
    private long _inBytes;

    /// <summary>The executor of one connection.</summary>
    public ClientOperations(ClientConnection connection, ConnectionEnvironment environment)
    {
        _connection = connection;
        _environment = environment;
        _batch = (ServerDeliveryBatch)connection.Account.Router.CreateBatch();
        _settings = environment.Options;
        _trace = ProtocolTrace.For(environment, connection);
        Expect(connection.Authenticator.IsRequired);
        _limits = new ParserLimits
        {
            MaxControlLine = _settings.MaxControlLine,
            MaxPayload = _settings.MaxPayload,
            HeadersSupported = false,
        };
    }

    /// <summary>Messages received.</summary>
    public long InMessages => Volatile.Read(ref _inMessages);

    /// <summary>Bytes of their headers and payloads.</summary>
    public long InBytes => Volatile.Read(ref _inBytes);

    /// <summary>Whether the last call saw the client publish or ping.</summary>
    public bool SawActivity { get; private set; }

    /// <summary>A receiver of what was published in the last call that lags far behind, be it the client itself; null for none.</summary>
    public ClientConnection? Lagging => _batch.Lagging;

    /// <summary>Whether the client said that it understands INFO that comes later. Any thread.</summary>
    public bool TakesInfo => Volatile.Read(ref _options).Protocol >= 1;

    /// <summary>The most bytes of headers and payload that a message of this client may have.</summary>
    public int MaxPayload => _limits.MaxPayload;

    /// <summary>Whether nothing but a CONNECT is accepted. Any thread.</summary>
    public bool AwaitsConnect => Volatile.Read(ref _awaitsConnect);

    /// <summary>Whether operations are logged.</summary>
    public bool IsTracing => _trace is not null;

    /// <summary>What decides about the client, after <see cref="ExecuteOutcome.WaitForAuthentication"/>.</summary>
    public Task<AuthenticationResult> Authentication => _authentication!;

    /// <summary>Says whether a CONNECT has to come first. Receive loop.</summary>
    public void Expect(bool connect)
    {
        Volatile.Write(ref _awaitsConnect, connect);
    }

    /// <summary>Executes every complete operation in the buffer, and flushes whoever got something.</summary>
    public ExecuteOutcome Execute(InputBuffer input)
    {
        if (_settings != (object)_environment.Options)
            TakeSettings();
        else if (_accountSettings is not null && _accountSettings != (object)_connection.Account.Settings)
            TakeLimits();
        SawActivity = false;
        _waitForCommit = false;
        _asked = 0;
        _batch.ForgetLagging();
        if (_awaitsConnect && !MayBegin(input.Unread))
            return ExecuteOutcome.Done;
        var handler = new Handler(this);
        var status = ClientOperationParser.Parse(input.Unread, in _limits, ref handler, out int consumed, out int needed);
        input.Consume(consumed, needed);
        if (status.IsViolation)
            Violate(status.Violation);
        _batch.Flush();
        if (_authentication is not null)
            return ExecuteOutcome.WaitForAuthentication;
        return _waitForCommit ? ExecuteOutcome.WaitForCommit : ExecuteOutcome.Done;
    }

    /// <summary>
    /// Whether a client that has not said who it is may go on with this: a CONNECT, or what it takes to be one. Anything else ends the
    /// connection before it is complete, so that nobody in particular has the server gather a payload; unless clients that show
    /// nothing come in, which those who type by hand make use of.
    /// </summary>
    private bool MayBegin(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty || (input[0] | 0x20) == 'c')
            return true;
        var authenticator = _connection.Authenticator;
        _decider = authenticator;
        _decidedIn = authenticator.Generation;
        var decision = authenticator.AuthenticateAsync(_connection.Present(_options), _connection.Closing);
        var result = decision.IsCompletedSuccessfully ? decision.Result : null;
        if (result is not { IsAccepted: true })
            return Violate(ProtocolViolation.AuthorizationViolation);
        if (_connection.Admit(result.Identity, _options) is var violation and not ProtocolViolation.None)
            return Violate(violation);
        if (IsTooLate())
            return false;
        Expect(connect: false);
        TakeLimits();
        ReviewIfChanged();
        return true;
    }

    /// <summary>Goes on once <see cref="Authentication"/> is complete.</summary>
    public void Authenticated()
    {
        var result = _authentication!.Result;
        _authentication = null;
        Admit(result);
        _batch.Flush();
    }

    /// <summary>Takes over what a reload of the server's settings changed.</summary>
    private void TakeSettings()
    {
        _settings = _environment.Options;
        _limits.MaxControlLine = _settings.MaxControlLine;
        TakeLimits();
        _trace = ProtocolTrace.For(_environment, _connection);
    }

    /// <summary>Takes the lowest of what the server, the account and the user are allowed.</summary>
    private void TakeLimits()
    {
        _accountSettings = _connection.Account.Settings;
        var account = _accountSettings.Limits;
        var user = _connection.Identity.Limits;
        _limits.MaxPayload = Lowest(_settings.MaxPayload, account.MaxPayload, user.MaxPayload);
        int server = _settings.MaxSubscriptions > 0 ? _settings.MaxSubscriptions : int.MaxValue;
        _subscriptionsMax = Lowest(server, account.MaxSubscriptions, user.MaxSubscriptions);
    }

    private static int Lowest(int server, int account, int user)
    {
        return Math.Min(server, Math.Min(account < 0 ? server : account, user < 0 ? server : user));
    }

    /// <summary>Answers a PING.</summary>
    public void Pong()
    {
        Reply(ServerOperationWriter.Pong);
        if (!_connected || _ponged)
            return;
        _ponged = true;
        if (_options.Protocol >= 1)
            _connection.SendInfo(connectInfo: true);
    }

    /// <summary>Logs protocol text on its way out, if operations are logged.</summary>
    public void TraceOut(ReadOnlySpan<byte> protocol)
    {
        _trace?.Out(protocol);
    }

    /// <summary>Logs a message on its way out, if operations are logged.</summary>
    public void TraceOut(in MessageFrame frame, ReadOnlySpan<byte> sid)
    {
        _trace?.Out(frame, sid);
    }

    private bool OnConnect(ReadOnlySpan<byte> json)
    {
        _trace?.InConnect(json);
        if (_options.TryMerge(json) is not { } options)
            return Violate(ProtocolViolation.InvalidConnect);

        // A second CONNECT may come with other credentials, so what was subscribed with the old ones goes.
        if (_connected)
            _connection.ForgetAll();
        _connected = true;
        Expect(connect: false);
        _options = options;
        bool headers = options.Headers && !_settings.NoHeaderSupport;
        _limits.HeadersSupported = headers;
        _connection.Connected(options, headers);
        var authenticator = _connection.Authenticator;
        _decider = authenticator;
        _decidedIn = authenticator.Generation;
        var decision = authenticator.AuthenticateAsync(
            _connection.Present(options), authenticator.IsRequired ? _connection.Closing : default);
        if (decision.IsCompletedSuccessfully)
            return Admit(decision.Result);
        _authentication = decision.AsTask();
        return false;
    }

    /// <summary>Lets the client in as who it is, or ends the connection.</summary>
    private bool Admit(AuthenticationResult result)
    {
        var options = _options;
        if (!result.IsAccepted)
            return Turn(result);
        if (_connection.Admit(result.Identity, options) is var violation and not ProtocolViolation.None)
            return Violate(violation);
        if (IsTooLate())
            return false;
        TakeLimits();
        ReviewIfChanged();
        if (options.Account is { Length: > 0 } || options.NewAccount)
            return Violate(ProtocolViolation.AuthorizationViolation);
        if (options.Protocol is not (0 or 1))
            return Violate(ProtocolViolation.InvalidClientProtocol);
        if (options.NoResponders && !_limits.HeadersSupported)
            return Violate(ProtocolViolation.NoRespondersRequiresHeaders);
        _connection.AnnounceConnect();
        return Ok();
    }

    /// <summary>
    /// Whether the connection was closed while it was found out who the client is. Then it belongs to none but the account that it was in,
    /// and what follows in the input is not for that one.
    /// </summary>
    private bool IsTooLate()
    {
        return _connection.ClosedReason != ClosedReason.None;
    }

    /// <summary>
    /// What is known about clients may have changed while this one was decided about, and whoever looked at clients anew then did not
    /// know yet who it is.
    /// </summary>
    private void ReviewIfChanged()
    {
        // The identity has to be there before this is read, as what has changed is before identities are.
        Interlocked.MemoryBarrier();
        if (_connection.Authenticator != _decider || _decider.Generation != _decidedIn)
            _ = _connection.ReviewAsync();
    }

    /// <summary>Ends the connection of a client that was refused; parsing stops.</summary>
    private bool Turn(AuthenticationResult result)
    {
        if (result.Reason.Length > 0)
            ServerLog.AuthenticationReason(_environment.Log, _connection.Label, result.Reason);
        if (result.RefusedBy is { } account)
            _connection.AnnounceRefusal(account);
        return Violate(result.Violation);
    }

    private bool OnPublish(in PublishOperation operation)
    {
        _trace?.In(operation);
        SawActivity = true;
        Volatile.Write(ref _inMessages, _inMessages + 1);
        Volatile.Write(ref _inBytes, _inBytes + operation.Body.Length);
        if (!operation.Headers.IsEmpty && IsTraced(operation.Headers, out var destination))
            return PublishTraced(operation, destination);
        return _connection.Account.Mappings is { } mappings && mappings.Find(operation.Subject) is { } mapping
            ? PublishMapped(operation, mapping)
            : Publish(operation, operation.Subject);
    }

    /// <summary>Whether a message is to be traced.</summary>
    /// <param name="headers">Its headers.</param>
    /// <param name="destination">Where the trace goes.</param>
    private bool IsTraced(ReadOnlySpan<byte> headers, out ReadOnlySpan<byte> destination)
    {
        destination = default;
        var account = _connection.Account;
        byte[]? ofAccount = account.TraceDestination;
        if (!TraceHeaders.MayAsk(headers, isSampling: ofAccount is not null))
            return false;
        destination = TraceHeaders.Find(headers, ofAccount);
        return !destination.IsEmpty
            && (destination != ofAccount || _batch.NextRandom(100) < account.Settings.TraceSampling);
    }

    /// <summary>Publishes a message, unless only its trace is wanted, and then the trace.</summary>
    private bool PublishTraced(in PublishOperation operation, ReadOnlySpan<byte> destination)
    {
        if (_connection.Rights is { } rights && !rights.MayPublish(destination))
            return ForbidPublish(destination);
        using var trace = new MessageTrace(
            _connection, operation.Subject, destination, TraceHeaders.IsTraceOnly(operation.Headers), _environment.Time);
        bool received = PublishTraced(operation, trace, out bool isForbidden);
        trace.Publish(operation.Headers, operation.Body.Length, _environment.Stamp, _batch);
        if (!received && !isForbidden && !operation.ReplyTo.IsEmpty && _options.NoResponders)
            SendNoResponders(operation.Subject, operation.ReplyTo);
        return true;
    }

    private bool PublishTraced(in PublishOperation operation, MessageTrace trace, out bool isForbidden)
    {
        isForbidden = false;
        if (_connection.Account.Mappings is not { } mappings || mappings.Find(operation.Subject) is not { } mapping)
            return PublishTraced(operation, operation.Subject, trace, out isForbidden);
        if (mapping.Choose(_batch.NextRandom(100)) is not { } transform)
        {
            Ok();
            return false;
        }

        byte[] room = new byte[transform.RoomFor(operation.Subject.Length)];
        _mappingRandom ??= NewRandom();
        var subject = room.AsSpan(0, transform.Apply(operation.Subject, room, _mappingRandom));
        _trace?.InMapped(operation.Subject, subject);
        trace.Mapped(subject);
        return PublishTraced(operation, subject, trace, out isForbidden);
    }

    private bool PublishTraced(
        in PublishOperation operation, ReadOnlySpan<byte> subject, MessageTrace trace, out bool isForbidden)
    {
        isForbidden = IsForbidden(operation, subject);
        if (isForbidden)
        {
            trace.Refused($"Permissions Violation for Publish to {GoText.Quote(subject)}");
            return false;
        }

        Ok();
        return _connection.Account.Router.RouteTraced(
            new Publication
            {
                Subject = subject,
                Reply = operation.ReplyTo,
                HeadersSize = operation.HeaderSizeDigits,
                Size = operation.SizeDigits,
                Headers = operation.Headers,
                Payload = operation.Payload,
                Publisher = _connection,
                Trace = trace,
            },
            _batch);
    }

    /// <summary>Publishes to what an account's mapping makes of the subject.</summary>
    private bool PublishMapped(in PublishOperation operation, AccountMapping mapping)
    {
        if (mapping.Choose(_batch.NextRandom(100)) is not { } transform)
            return Lose(operation);
        byte[] rented = ArrayPool<byte>.Shared.Rent(transform.RoomFor(operation.Subject.Length));
        _mappingRandom ??= NewRandom();
        var subject = rented.AsSpan(0, transform.Apply(operation.Subject, rented, _mappingRandom));
        _trace?.InMapped(operation.Subject, subject);
        bool goesOn = Publish(operation, subject);
        ArrayPool<byte>.Shared.Return(rented);
        return goesOn;
    }

    /// <summary>What weights of a mapping leave for nobody.</summary>
    private bool Lose(in PublishOperation operation)
    {
        Ok();
        if (!operation.ReplyTo.IsEmpty && _options.NoResponders)
            SendNoResponders(operation.Subject, operation.ReplyTo);
        return true;
    }

    /// <summary>Whether a message may not be published; the client has been told then.</summary>
    private bool IsForbidden(in PublishOperation operation, ReadOnlySpan<byte> subject)
    {
        if (ReservedSubjects.IsOfGateways(subject))
            return ForbidPublish(subject);
        if (_connection.Rights is { } rights && !rights.MayPublish(subject))
            return ForbidPublish(subject);
        if (ReservedSubjects.IsOfReplicas(subject) && _connection.Account != _environment.Accounts.System)
            return ForbidPublish(subject);
        if (ReservedSubjects.ContainsReply(operation.ReplyTo))
            return ForbidReply(operation.ReplyTo);
        if (_options.Pedantic && !Subject.IsValidLiteral(operation.Subject))
            Refuse(ProtocolViolation.InvalidPublishSubject);
        return false;
    }

    private bool Publish(in PublishOperation operation, ReadOnlySpan<byte> subject)
    {
        if (IsForbidden(operation, subject))
            return true;
        Ok();
        var publication = new Publication
        {
            Subject = subject,
            Reply = operation.ReplyTo,
            HeadersSize = operation.HeaderSizeDigits,
            Size = operation.SizeDigits,
            Headers = operation.Headers,
            Payload = operation.Payload,
            Publisher = _connection,
        };
        bool received = _connection.Account.Router.Route(publication, _batch);
        if (!operation.ReplyTo.IsEmpty && ++_asked == AskedBetweenFlushes)
        {
            _asked = 0;
            _batch.Flush();
        }
        if (!received && !operation.ReplyTo.IsEmpty && _options.NoResponders)
            SendNoResponders(subject, operation.ReplyTo);
        return true;
    }

    private bool OnSubscribe(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> queue, ReadOnlySpan<byte> sid)
    {
        _trace?.In("SUB"u8, subject, queue, sid);
        var rights = _connection.Rights;
        if (rights is not null && !rights.MaySubscribe(subject, queue))
            return ForbidSubscription(subject, queue, sid);
        if (_settings.MaxSubscriptionTokens is > 0 and var tokensMax && subject.Count((byte)'.') >= tokensMax)
            return ForbidTokens(subject, sid);
        if (_connection.Subscriptions.Count >= _subscriptionsMax)
        {
            ServerLog.PermissionsViolation(_environment.Log, _connection.Label, "maximum subscriptions exceeded");
            return Refuse(ProtocolViolation.MaximumSubscriptionsExceeded);
        }

        if (_connection.Subscriptions.Contains(sid))
            return Ok();
        if (!Subject.IsValidSubscription(subject))
            return Refuse(ProtocolViolation.InvalidSubject);
        var subscription = new ClientSubscription(_connection, subject.ToArray(), queue.IsEmpty ? null : queue.ToArray(), sid.ToArray())
        {
            IsFiltered = rights is not null && rights.MustFilter(subject, !queue.IsEmpty),
        };
        _connection.Subscribe(subscription, rights);
        return Ok();
    }

    private bool OnUnsubscribe(ReadOnlySpan<byte> sid, int maxMessages)
    {
        _trace?.In("UNSUB"u8, sid, maxMessages);
        if (_connection.Subscriptions.TryGet(sid, out var subscription)
            && (maxMessages == 0 || _connection.LimitDeliveries(subscription, maxMessages)))
        {
            _connection.Forget(subscription);
        }

        return Ok();
    }

    private bool OnPing()
    {
        _trace?.In("PING"u8);
        SawActivity = true;
        if (_environment.CommitBarrier is { } barrier && !barrier.HasSettled(_connection.Context))
        {
            _batch.HandOver();
            _waitForCommit = !barrier.HasSettled(_connection.Context);
            if (_waitForCommit)
                return false;
        }

        Pong();
        return true;
    }

    private bool OnPong()
    {
        _trace?.In("PONG"u8);
        _connection.NotePong();
        return true;
    }

    private bool Ok()
    {
        if (_options.Verbose)
            Reply(ServerOperationWriter.Ok);
        return true;
    }

    private void Reply(ReadOnlySpan<byte> protocol)
    {
        _connection.Enqueue(protocol);
        _batch.Touch(_connection);
    }

    /// <summary>Refuses one operation; the connection stays.</summary>
    private bool Refuse(ProtocolViolation violation)
    {
        _connection.SendError(violation);
        _batch.Touch(_connection);
        return true;
    }

    /// <summary>Refuses to publish; the connection stays.</summary>
    private bool ForbidPublish(ReadOnlySpan<byte> subject)
    {
        string quoted = GoText.Quote(subject);
        ServerLog.PermissionsViolation(_environment.Log, _connection.Label, $"Publish Violation - Subject {quoted}");
        Reply(Encoding.UTF8.GetBytes($"-ERR 'Permissions Violation for Publish to {quoted}'\r\n"));
        return true;
    }

    /// <summary>Refuses to publish because of the reply subject; the connection stays.</summary>
    private bool ForbidReply(ReadOnlySpan<byte> reply)
    {
        string quoted = GoText.Quote(reply);
        ServerLog.PermissionsViolation(_environment.Log, _connection.Label, $"Publish Violation - Reply {quoted}");
        Reply(Encoding.UTF8.GetBytes($"-ERR 'Permissions Violation for Publish with Reply of {quoted}'\r\n"));
        return true;
    }

    /// <summary>Refuses to subscribe; the connection stays.</summary>
    private bool ForbidSubscription(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> queue, ReadOnlySpan<byte> sid)
    {
        ServerLog.PermissionsViolation(
            _environment.Log, _connection.Label, SubscriptionViolation.RefusedLog(subject, queue, sid));
        Reply(SubscriptionViolation.Refused(subject, queue));
        return true;
    }

    private Random NewRandom()
    {
        lock (_environment.Random)
            return new Random(_environment.Random.Next());
    }

    /// <summary>Refuses to subscribe; the connection stays.</summary>
    private bool ForbidTokens(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> sid)
    {
        string quoted = GoText.Quote(subject);
        ServerLog.PermissionsViolation(
            _environment.Log,
            _connection.Label,
            $"Subscription Violation Too Many Tokens - Subject {quoted}, SID {Encoding.UTF8.GetString(sid)}");
        Reply(Encoding.UTF8.GetBytes($"-ERR 'Permissions Violation for Subscription to {quoted}, too many tokens'\r\n"));
        return true;
    }

    /// <summary>Ends the connection; parsing stops.</summary>
    private bool Violate(ProtocolViolation violation)
    {
        if (violation == ProtocolViolation.AuthorizationViolation)
            TellOfRefusal();
        else
            ServerLog.ProtocolError(_environment.Log, _connection.Label, violation);
        _connection.CloseWith(violation, ReasonFor(violation));
        return false;
    }

    private void TellOfRefusal()
    {
        ServerLog.AuthenticationFailed(_environment.Log, _connection.Label, PresentedUser.Suffix(_options));
        _connection.AnnounceRefusal();
    }

    private void SendNoResponders(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> reply)
    {
        var subscription = _connection.Account.Router.FindOwn(_connection, reply, _batch);
        if (subscription is null)
            return;
        Span<byte> scratch = stackalloc byte[NoRespondersNotice.ScratchBytes];
        byte[]? rented = NoRespondersNotice.Length(subject) > scratch.Length
            ? ArrayPool<byte>.Shared.Rent(NoRespondersNotice.Length(subject))
            : null;
        var headers = NoRespondersNotice.Write(subject, rented ?? scratch);
        Span<byte> digits = stackalloc byte[SizeDigits.Max];
        var size = SizeDigits.Format(headers.Length, digits);
        var frame = new MessageFrame(reply, default, size, size, headers, default);
        _connection.EnqueueNotice(frame, subscription.Sid);
        _trace?.Out(frame, subscription.Sid);
        _batch.Touch(_connection);
        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented);
    }

    private static ClosedReason ReasonFor(ProtocolViolation violation)
    {
        return violation switch
        {
            ProtocolViolation.ControlLineTooLong => ClosedReason.MaxControlLineExceeded,
            ProtocolViolation.PayloadTooLarge => ClosedReason.MaxPayloadExceeded,
            ProtocolViolation.ReportedByClient => ClosedReason.ParseError,
            ProtocolViolation.AuthorizationViolation => ClosedReason.AuthenticationViolation,
            ProtocolViolation.MaximumAccountConnectionsExceeded => ClosedReason.MaxAccountConnectionsExceeded,
            ProtocolViolation.InvalidClientProtocol => ClosedReason.BadClientProtocolVersion,
            ProtocolViolation.NoRespondersRequiresHeaders => ClosedReason.NoRespondersRequiresHeaders,
            _ => ClosedReason.ProtocolViolation,
        };
    }

    /// <summary>What the parser calls. A struct, so that the calls are direct.</summary>
    private readonly struct Handler(ClientOperations operations) : IClientOperationHandler
    {
        public bool OnConnect(ReadOnlySpan<byte> json)
        {
            return operations.OnConnect(json);
        }

        public bool OnPublish(in PublishOperation operation)
        {
            return operations.OnPublish(operation);
        }

        public bool OnSubscribe(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> queueGroup, ReadOnlySpan<byte> sid)
        {
            return operations.OnSubscribe(subject, queueGroup, sid);
        }

        public bool OnUnsubscribe(ReadOnlySpan<byte> sid, int maxMessages)
        {
            return operations.OnUnsubscribe(sid, maxMessages);
        }

        public bool OnPing()
        {
            return operations.OnPing();
        }

        public bool OnPong()
        {
            return operations.OnPong();
        }
    }
}
