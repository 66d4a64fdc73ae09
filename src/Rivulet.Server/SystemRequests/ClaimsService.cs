using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Rivulet.JetStream.Hosting;
using Rivulet.Protocol;
using Rivulet.Server.Logging;
using Rivulet.Server.Security.Operators;
using Rivulet.Server.Security.Tokens;

namespace Rivulet.Server.SystemRequests;

/// <summary>
/// Lets the users of the system account put, look up, list and delete the tokens of accounts: <c>$SYS.REQ.CLAIMS.*</c> and
/// <c>$SYS.REQ.ACCOUNT.*.CLAIMS.*</c>, with the reference server's answers.
/// </summary>
/// <remarks>
/// Whoever asks needs no more than to be in the system account, because a token is only taken if a trusted operator has signed it,
/// and accounts are only deleted by a request that the operator has signed.
/// </remarks>
internal sealed class ClaimsService : IDisposable
{
    private const int AccountToken = 3;
    private const int OldAccountToken = 2;

    private readonly ClaimedAccounts _accounts;
    private readonly string _systemAccount;
    private readonly ServerStamp _stamp;
    private readonly IAccountRouter _router;
    private readonly IWorkScheduler _work;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly List<IDisposable> _subscriptions = [];

    private ClaimsService(
        ClaimedAccounts accounts, IAccountRouter router, ServerStamp stamp, IWorkScheduler work, TimeProvider time, ILogger log)
    {
        _accounts = accounts;
        _router = router;
        _systemAccount = router.AccountName;
        _stamp = stamp;
        _work = work;
        _time = time;
        _log = log;
    }

    private string Prefix => _accounts.Resolver is DirectoryResolver { IsCache: true } ? "jwt update cache" : "jwt update";

    /// <summary>Begins to answer.</summary>
    /// <param name="accounts">The accounts.</param>
    /// <param name="router">The system account.</param>
    /// <param name="stamp">What the server says about itself.</param>
    /// <param name="work">Where requests are worked on; one thread.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Hears of what was done.</param>
    public static ClaimsService Start(
        ClaimedAccounts accounts, IAccountRouter router, ServerStamp stamp, IWorkScheduler work, TimeProvider time, ILogger log)
    {
        var service = new ClaimsService(accounts, router, stamp, work, time, log);
        service.On("$SYS.REQ.ACCOUNT.*.CLAIMS.UPDATE"u8, request => service.Update(request, request.Token(AccountToken)));
        service.On("$SYS.ACCOUNT.*.CLAIMS.UPDATE"u8, request => service.Update(request, request.Token(OldAccountToken)));
        if (accounts.Resolver is not DirectoryResolver directory)
            return service;
        service.On("$SYS.REQ.CLAIMS.UPDATE"u8, request => service.Update(request, null));
        service.On("$SYS.REQ.CLAIMS.LIST"u8, service.List);
        service.On("$SYS.REQ.CLAIMS.DELETE"u8, service.Delete);
        if (directory.IsCache)
            return service;
        service.On("$SYS.REQ.ACCOUNT.*.CLAIMS.LOOKUP"u8, service.LookUp);
        service.On("$SYS.REQ.CLAIMS.PACK"u8, service.Pack);
        return service;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var subscription in _subscriptions)
            subscription.Dispose();
    }

    private void On(ReadOnlySpan<byte> subject, Action<ClaimsRequest> answer)
    {
        _subscriptions.Add(_router.Subscribe(subject, new ClaimsResponder(_router, _work, _log, answer)));
    }

    private void Update(ClaimsRequest request, string? named)
    {
        string token = request.Text.Trim();
        if (token.Length == 0 && _accounts.Resolver is not DirectoryResolver)
            Refuse(request, named ?? "n/a", "jwt update error", "request body is empty");
        else if (Jwt.Decode<AccountClaims>(token, out string error) is not { } claims)
            Refuse(request, _accounts.Resolver is not DirectoryResolver && named is not null ? named : "n/a", $"{Prefix} resulted in error", error);
        else if (named is not null && claims.Subject != named)
            Refuse(request, named, $"{Prefix} resulted in error", "subject does not match jwt content");
        else if (_accounts.Trust.First is { Operator.StrictSigningKeyUsage: true } first && claims.Issuer == first.Subject)
            Refuse(request, claims.Subject, $"{Prefix} resulted in error", "operator requires issuer to be a signing key");
        else if (!NKey.IsPublicKey(claims.Subject, NKeyKind.Account))
            Refuse(request, claims.Subject, $"{Prefix} resulted in error", "invalid public key");
        else
            Update(request, claims, token);
    }

    private void Update(ClaimsRequest request, AccountClaims claims, string token)
    {
        string account = claims.Subject;
        bool isKnown = _accounts.IsKnown(account);
        var directory = _accounts.Resolver as DirectoryResolver;
        if (!isKnown && directory is null or { IsCache: true })
        {
            Confirm(request, account, $"{Prefix} skipped");
            return;
        }

        var problems = ClaimsProblems.Of(claims, _time.GetUtcNow().ToUnixTimeSeconds());
        if (problems.Errors.Count > 0)
        {
            string validation = directory is { IsCache: true } ? $"{Prefix} validation failed" : "jwt validation failed";
            Refuse(request, account, validation, $"validation errors: [{string.Join(' ', problems.Errors)}]");
            return;
        }

        // Not so in the reference server, which keeps tokens of anybody, and finds out when one is used.
        string error = "";
        if (!_accounts.Trust.IsTrusted(claims.Issuer))
            error = "account validation failed";
        else if (directory is not null)
            directory.Save(account, token, out error);
        if (error.Length == 0 && isKnown)
            _accounts.TryUpdate(account, token, out error);
        if (error.Length > 0)
            Refuse(request, account, $"{Prefix} resulted in error", error);
        else
            Confirm(request, account, directory is { IsCache: true } ? "jwt updated cache" : "jwt updated");
    }

    private void LookUp(ClaimsRequest request)
    {
        request.Respond(Encoding.UTF8.GetBytes(_accounts.Resolver.Find(request.Token(AccountToken), out _) ?? ""));
    }

    // For servers that have the same accounts: each token in a message of its own, and an empty one at the end.
    private void Pack(ClaimsRequest request)
    {
        if (_accounts.Resolver is DirectoryResolver directory && !directory.Hash.AsSpan().SequenceEqual(request.Body))
        {
            foreach (string account in directory.List())
            {
                if (directory.Find(account, out _) is { } token)
                    request.Respond(Encoding.UTF8.GetBytes($"{account}|{token}"));
            }
        }

        request.Respond(default);
    }

    private void List(ClaimsRequest request)
    {
        request.Respond(Json(json =>
        {
            json.WriteStartArray("data");
            foreach (string account in ((DirectoryResolver)_accounts.Resolver).List())
                json.WriteStringValue(account);
            json.WriteEndArray();
            _stamp.Write(json);
        }));
    }

    private void Delete(ClaimsRequest request)
    {
        var directory = (DirectoryResolver)_accounts.Resolver;
        var claims = Jwt.Decode<GenericClaims>(request.Text.Trim(), out string error);
        string[] doomed = [];
        if (claims is not null)
            error = DeleteComplaint(claims, directory, out doomed);
        if (error.Length > 0)
        {
            Refuse(request, "", $"delete accounts request by {claims?.Subject} failed", error);
            return;
        }

        var errors = new List<string>();
        foreach (string account in doomed)
        {
            bool deleted = directory.Delete(account, out string problem);
            if (problem.Length > 0)
                errors.Add(problem);
            else if (deleted)
                _accounts.Remove(account);
        }

        int count = doomed.Length - errors.Count;
        if (errors.Count == 0)
            Confirm(request, "", $"deleted {count} accounts");
        else
            Refuse(request, "", $"deleted {count} accounts, failed for {errors.Count}", string.Join('\n', errors));
    }

    private string DeleteComplaint(GenericClaims claims, DirectoryResolver directory, out string[] accounts)
    {
        accounts = [];
        if (!directory.AllowsDelete)
            return "delete must be enabled in server config";
        if (claims.Subject != claims.Issuer)
            return "not self signed";
        if (_accounts.Trust.First is not { } first || !first.Keys.Contains(claims.Issuer))
            return "not trusted";
        if (claims.Data is null || !claims.Data.TryGetValue("accounts", out var list) || list.ValueKind != JsonValueKind.Array)
            return "malformed request";
        var names = list.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.String ? item.GetString()! : "").ToArray();
        if (names.Any(name => !NKey.IsPublicKey(name, NKeyKind.Account)))
            return "malformed request";
        if (names.Contains(_systemAccount))
            return "not allowed to delete system account";
        accounts = names;
        return "";
    }

    private void Confirm(ClaimsRequest request, string account, string message)
    {
        SecurityLog.ClaimsTaken(_log, message, account);
        request.Respond(Json(json =>
        {
            _stamp.Write(json);
            json.WriteStartObject("data");
            if (account.Length > 0)
                json.WriteString("account", account);
            json.WriteNumber("code", 200);
            json.WriteString("message", message);
            json.WriteEndObject();
        }));
    }

    private void Refuse(ClaimsRequest request, string account, string message, string reason)
    {
        SecurityLog.ClaimsRefused(_log, message, account, reason);
        request.Respond(Json(json =>
        {
            _stamp.Write(json);
            json.WriteStartObject("error");
            if (account.Length > 0)
                json.WriteString("account", account);
            json.WriteNumber("code", 500);
            json.WriteString("description", $"{message} - {reason}");
            json.WriteEndObject();
        }));
    }

    private static byte[] Json(Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }
}
