using Rivulet.Server.Security.Tokens;

namespace Rivulet.Server.Security.Operators;

/// <summary>Tokens that let an account import what another one does not export to everybody.</summary>
internal static class Activations
{
    /// <summary>Until when a token allows an import now; null if it does not.</summary>
    /// <param name="import">The import, with its token.</param>
    /// <param name="importer">The importing account.</param>
    /// <param name="exporter">The claims of the exporting account.</param>
    /// <param name="isStrict">Whether the exporting account may sign by its signing keys only.</param>
    /// <param name="now">Seconds since 1970.</param>
    public static DateTimeOffset? ValidUntil(ImportClaims import, string importer, AccountClaims exporter, bool isStrict, long now)
    {
        if (import.Token.Length == 0)
            return null;
        var problems = new ClaimsProblems();
        import.Validate(importer, problems);
        if (problems.Any || Jwt.Decode<ActivationClaims>(import.Token, out _) is not { } activation)
            return null;
        if (ClaimsProblems.Of(activation, now).Any || !IsSignedBy(activation, exporter, isStrict))
            return null;
        if (activation.Expires != 0 && activation.Expires <= now)
            return null;
        if (Export(import, exporter) is { } export && Revocations.Cover(export.Revocations, activation.Subject, activation.IssuedAt))
            return null;
        return activation.Expires == 0 ? DateTimeOffset.MaxValue : ClaimedTime.Of(activation.Expires);
    }

    private static bool IsSignedBy(ActivationClaims activation, AccountClaims exporter, bool isStrict)
    {
        if (activation.Activation.IssuerAccount.Length == 0)
            return activation.Issuer == exporter.Subject;
        if (activation.Activation.IssuerAccount != exporter.Subject)
            return false;
        return exporter.Account.SigningKeys.ContainsKey(activation.Issuer)
            || (!isStrict && activation.Issuer == exporter.Subject);
    }

    private static ExportClaims? Export(ImportClaims import, AccountClaims exporter)
    {
        string subject = import.IsService && import.To.Length > 0 ? import.To : import.Subject;
        return exporter.Account.Exports.Find(
            export => export.Type == import.Type && ClaimedSubject.IsContainedIn(subject, export.Subject));
    }
}
