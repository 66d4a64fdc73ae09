using System.Text.Json;
using Microsoft.Extensions.Logging;
using Rivulet.Protocol;
using Rivulet.Server.Accounts;
using Rivulet.Server.Connections;
using Rivulet.Server.Hosting;
using Rivulet.Server.Logging;
using Rivulet.Server.Security.Tokens;

namespace Rivulet.Server.Security.Operators;

/// <summary>The accounts and connections of a server, as the accounts of operators change them.</summary>
/// <param name="registry">Its accounts.</param>
/// <param name="connections">Its connections.</param>
/// <param name="systemAccount">The name of the account of its own events.</param>
/// <param name="log">Hears of accounts that are to have more than there is.</param>
internal sealed class ServerAccounts(AccountRegistry registry, ConnectionTable connections, string systemAccount, ILogger log) : IAccountTarget
{
    // Outside the locks of accounts.
    private readonly Lock _applying = new();
    private JetStreamService? _jetStream;

    /// <summary>JetStream runs, or with null does no longer: what the accounts have of it changes with them from here on.</summary>
    public void Use(JetStreamService? jetStream)
    {
        lock (_applying)
            _jetStream = jetStream;
    }

    /// <inheritdoc/>
    public void Apply(IReadOnlyList<AccountSettings> accounts)
    {
        lock (_applying)
            ApplyOnce(accounts);
    }

    /// <inheritdoc/>
    public void Recheck(string name, ClaimedAccount? before, ClaimedAccount? now)
    {
        int max = now is null ? -1 : (int)Math.Clamp(now.Claims.Account.Limits.Connections, -1, int.MaxValue);
        int count = 0;

        // Those that came last are one too many, as in the reference server.
        foreach (var connection in connections.Open.Where(one => one.Identity.AccountName == name).OrderBy(one => one.Id))
        {
            if (max >= 0 && ++count > max)
                connection.CloseWith(ProtocolViolation.MaximumAccountConnectionsExceeded, ClosedReason.MaxAccountConnectionsExceeded);
            else
                Recheck(connection, before, now);
        }
    }

    private void ApplyOnce(IReadOnlyList<AccountSettings> accounts)
    {
        // Until the system account is there, the events go to the one that always is.
        bool hasSystem = accounts.Any(account => account.Name == systemAccount);
        if (hasSystem)
            accounts = [.. accounts.Select(account => account.Name == systemAccount ? account with { JetStream = null } : account)];
        var gone = registry.Apply(accounts, hasSystem ? systemAccount : AccountSettings.SystemName, connections.Open);
        if (_jetStream is not { } jetStream)
            return;
        foreach (var account in gone)
            jetStream.Forget(account);
        try
        {
            jetStream.Configure(registry);
        }
        catch (NatsServerOptionsException e)
        {
            SecurityLog.JetStreamRefused(log, e.Message);
        }
    }

    private static void Recheck(ClientConnection connection, ClaimedAccount? before, ClaimedAccount? now)
    {
        var identity = connection.Identity;
        if (now is null)
        {
            connection.CloseWith(ProtocolViolation.AccountAuthenticationExpired, ClosedReason.AuthenticationExpired);
            return;
        }

        var account = now.Claims.Account;
        if (identity.IsBearer && account.Limits.DisallowBearer)
            connection.CloseWith(ProtocolViolation.AuthorizationViolation, ClosedReason.AuthenticationViolation);
        else if (identity.IssuedAt > 0 && Revocations.Cover(account.Revocations, identity.NKey ?? "", identity.IssuedAt))
            connection.CloseWith(ProtocolViolation.UserAuthenticationRevoked, ClosedReason.Revocation);
        else if (identity.SigningKey is { } signer && !MayStay(signer, before, now))
            connection.Close(ClosedReason.AuthenticationViolation);
        else if (identity.HasDefaultPermissions && account.DefaultPermissions.ToPermissions() is var defaults && defaults != identity.Permissions)
            connection.Change(identity with { Permissions = defaults });
    }

    // A client whose scope is another one now comes back with what that says.
    private static bool MayStay(string issuer, ClaimedAccount? before, ClaimedAccount now)
    {
        if (!now.MayIssue(issuer, out var scope))
            return false;
        return before is null || !before.MayIssue(issuer, out var old) || Text(old) == Text(scope);
    }

    private static string Text(UserScopeClaims? scope)
    {
        return scope is null ? "" : JsonSerializer.Serialize(scope, ClaimsJsonContext.Default.UserScopeClaims);
    }
}
