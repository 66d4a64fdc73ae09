using System.Security.Cryptography;
using System.Text;
using Rivulet.JetStream.Hosting;
using Rivulet.Protocol;
using Rivulet.Server.Logging;
using Rivulet.Server.Routing;
using Rivulet.Server.Security.Keys;
using Rivulet.Server.Security.Tokens;

namespace Rivulet.Server.Security.Callout;

/// <summary>One question to an authorization service, and its answer.</summary>
/// <remarks>
/// The user in the answer has to have a key that was made up for this question, so that no answer is good twice. The answer comes in on
/// the service's receive loop, and is looked at on a thread that is for such.
/// </remarks>
internal sealed class CalloutExchange : IMessageHandler, IWorkItem
{
    private const string XKeyHeader = "Nats-Server-Xkey";

    /// <summary>What services are asked under.</summary>
    public static ReadOnlySpan<byte> Subject => "$SYS.REQ.USER.AUTH"u8;

    // What waits goes on on the thread that completes this: one for such work, or a timer's.
    private readonly TaskCompletionSource<byte[]?> _answer = new();
    private readonly CalloutServer _server;
    private readonly CalloutAddress _address;
    private byte[]? _received;

    private CalloutExchange(CalloutServer server, CalloutAddress address)
    {
        _server = server;
        _address = address;
    }

    /// <summary>Asks about a client.</summary>
    /// <param name="server">Who asks.</param>
    /// <param name="address">Whom.</param>
    /// <param name="request">What the client shows.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>The user that the client is; without it, why there is none.</returns>
    public static Task<CalloutAnswer> AskAsync(
        CalloutServer server, CalloutAddress address, AuthenticationRequest request, CancellationToken cancellation)
    {
        return new CalloutExchange(server, address).RunAsync(request, cancellation);
    }

    /// <inheritdoc/>
    public bool Handle(in RoutedMessage message, DeliveryBatch batch)
    {
        if (Interlocked.CompareExchange(ref _received, message.Payload.ToArray(), null) is null)
            _server.Work.Queue(this);
        return true;
    }

    /// <inheritdoc/>
    public void Execute()
    {
        _answer.TrySetResult(_received);
    }

    private async Task<CalloutAnswer> RunAsync(AuthenticationRequest request, CancellationToken cancellation)
    {
        if (!_server.Accounts.TryGet(_address.Account, out var account))
            return CalloutAnswer.Refused($"No valid account \"{_address.Account}\" for auth callout request: account missing");
        byte[] seed = RandomNumberGenerator.GetBytes(NKeySeed.SeedLength);
        string userKey = NKeyPair.FromSeed(NKeyKind.User, seed).PublicKey;
        byte[] question = Encoding.ASCII.GetBytes(CalloutRequest.Encode(_server, _address, request, userKey));
        byte[] headers = [];
        if (_address.XKey is { } xkey)
        {
            question = _server.EncryptionKeys.Seal(question, xkey);
            headers = Encoding.ASCII.GetBytes($"NATS/1.0\r\n{XKeyHeader}: {_server.EncryptionKeys.PublicKey}\r\n\r\n");
        }

        byte[] reply = Encoding.ASCII.GetBytes($"$SYS._INBOX.{_server.Identity.Node}.{Convert.ToHexString(RandomNumberGenerator.GetBytes(12))}");
        using var subscription = account.Router.Subscribe(reply, this);
        using var timer = _server.Time.CreateTimer(
            static answer => ((TaskCompletionSource<byte[]?>)answer!).TrySetResult(null), _answer, _address.Timeout, Timeout.InfiniteTimeSpan);
        using var giveUp = cancellation.UnsafeRegister(
            static answer => ((TaskCompletionSource<byte[]?>)answer!).TrySetResult(null), _answer);
        if (!Publish(account.Router, reply, headers, question))
            return CalloutAnswer.Refused($"No authorization service on account \"{_address.Account}\"");
        byte[]? answer = await _answer.Task.ConfigureAwait(false);
        if (answer is not null)
            return Read(answer, userKey);
        SecurityLog.CalloutLate(_server.Log, _address.Account);
        return CalloutAnswer.Refused("");
    }

    private static bool Publish(AccountRouter router, byte[] reply, byte[] headers, byte[] question)
    {
        var batch = router.CreateBatch();
        bool received = router.Publish(Subject, reply, headers, question, batch);
        batch.Flush();
        return received;
    }

    private CalloutAnswer Read(byte[] answer, string userKey)
    {
        if (answer.Length == 0)
            return CalloutAnswer.Refused($"Auth callout violation: \"no reason supplied\" on account \"{_address.Account}\"");
        bool isEncrypted = false;
        if (_address.XKey is { } xkey && !answer.AsSpan().StartsWith(Encoding.ASCII.GetBytes(Jwt.Prefix)))
        {
            if (_server.EncryptionKeys.TryOpen(answer, xkey) is not { } opened)
                return CalloutAnswer.Refused($"Error decrypting auth callout response on account \"{_address.Account}\"");
            answer = opened;
            isEncrypted = true;
        }

        long now = _server.Time.GetUtcNow().ToUnixTimeSeconds();
        if (Jwt.Decode<AuthorizationResponseClaims>(Encoding.UTF8.GetString(answer), out string error) is not { } response)
            return CalloutAnswer.Refused($"Auth callout response is not valid: {error}");
        if (ClaimsProblems.Of(response, now) is { Any: true } problems)
            return CalloutAnswer.Refused($"Authorization response had validation errors: {problems.All.First()}");
        if (response.Subject != userKey)
            return CalloutAnswer.Refused("Auth callout violation: auth callout response is not for expected user");
        if (response.Audience != _server.Identity.Id)
            return CalloutAnswer.Refused("Auth callout violation: auth callout response is not for server");
        if (response.Response.Error.Length > 0)
            return CalloutAnswer.Refused($"Auth callout service returned an error: {response.Response.Error}");
        return ReadUser(response, userKey, isEncrypted, now);
    }

    private CalloutAnswer ReadUser(AuthorizationResponseClaims response, string userKey, bool isEncrypted, long now)
    {
        if (Jwt.Decode<UserClaims>(response.Response.Jwt, out string error) is not { } user)
            return CalloutAnswer.Refused($"Auth callout user JWT is not valid: {error}");
        if (ClaimsProblems.Of(user, now) is { Any: true } problems)
            return CalloutAnswer.Refused($"Error validating user JWT: {problems.All.First()}");
        if (user.Subject != userKey)
            return CalloutAnswer.Refused($"Expected authorized user of \"{userKey}\" but got \"{user.Subject}\" on account \"{_address.Account}\"");
        return user.User.ProxyRequired
            ? CalloutAnswer.Refused("Proxy connection required")
            : new CalloutAnswer { User = user, Response = response, IsEncrypted = isEncrypted };
    }
}
