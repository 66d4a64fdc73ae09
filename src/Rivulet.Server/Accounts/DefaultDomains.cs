using System.Text;
using Rivulet.Protocol;
using Rivulet.Server.Security;

namespace Rivulet.Server.Accounts;

/// <summary>
/// Accounts whose requests to JetStream go to that of a domain although they do not name it (<c>default_js_domain</c>): what makes mappings of
/// such a setting, and checks it. Source: the reference server, whose mappings these are.
/// </summary>
internal static class DefaultDomains
{
    private static readonly string[] Subjects =
    [
        "$JS.API.INFO", "$JS.API.STREAM.>", "$JS.API.CONSUMER.>", "$JS.API.DIRECT.>", "$JS.API.META.>", "$JS.API.SERVER.>", "$JS.API.ACCOUNT.>",
        "$KV.>", "$OBJ.>",
    ];

    /// <summary>An account with the mappings that its domain asks for; the same account if there is no domain for it, or JetStream of its own.</summary>
    /// <param name="account">The account.</param>
    /// <param name="domains">Domains by accounts.</param>
    public static AccountSettings Apply(AccountSettings account, IReadOnlyDictionary<string, string> domains)
    {
        return account.JetStream is null && domains.GetValueOrDefault(account.Name) is { Length: > 0 } domain
            ? account with { Mappings = [.. account.Mappings, .. Subjects.Select(subject => MappingOf(subject, domain))] }
            : account;
    }

    /// <summary>Throws if the setting does not go with the others, in the reference server's words.</summary>
    /// <exception cref="NatsServerOptionsException">Says why not.</exception>
    public static void Validate(NatsServerOptions options)
    {
        foreach (var (account, domain) in options.DefaultJetStreamDomains)
        {
            if (options.Operators is { Operators.Count: > 0 })
            {
                Require(
                    NKey.IsPublicKey(account, NKeyKind.Account),
                    $"default_js_domain contains account name \"{account}\", which is not a valid public account nkey");
            }
            else if (account != AccountSettings.GlobalName)
            {
                var settings = options.Accounts.FirstOrDefault(one => one.Name == account);
                Require(settings is not null, $"in non operator mode, `default_js_domain` references non existing account \"{account}\"");
                Require(
                    settings!.JetStream is null || domain.Length == 0, $"default_js_domain contains account name \"{account}\" with enabled JetStream");
            }
        }

        foreach (var (account, domain) in options.DefaultJetStreamDomains)
        {
            Require(account != options.SystemAccount, $"system account \"{account}\" can not be in default_js_domain");
            Require(
                domain.Length == 0 || Subject.IsValidSubscription(Encoding.UTF8.GetBytes($"$JS.{domain}.API.>")),
                $"default_js_domain contains account \"{account}\" with invalid domain name \"{domain}\"");
        }
    }

    private static SubjectMapping MappingOf(string subject, string domain)
    {
        string there = subject.Replace("$JS.API.", "", StringComparison.Ordinal);
        return new SubjectMapping { Source = subject, Destinations = [new MappingDestination($"$JS.{domain}.API.{there}", 100)] };
    }

    private static void Require(bool condition, string complaint)
    {
        NatsServerOptions.Require(condition, complaint);
    }
}
