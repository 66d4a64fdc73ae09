using System.Text;
using Rivulet.Protocol;
using Rivulet.Server.Security;

namespace Rivulet.Server.Accounts;

/// <summary>Whether an account lets another one have what it asks for.</summary>
internal static class ExportRules
{
    /// <summary>Whether messages of a subject may go to an account.</summary>
    public static bool Allows(AccountSettings exporter, StreamImport import, string importer)
    {
        var export = Find(exporter.StreamExports, one => one.Subject, import.Subject, out bool isExact);
        return export is not null
            && Allows(export.Accounts, export.AccountTokenPosition, import.Subject, isExact, importer, import.IsActivated);
    }

    /// <summary>The service that an account lets another one ask under a subject; null for none.</summary>
    public static ServiceExport? Find(AccountSettings exporter, ServiceImport import, string importer)
    {
        var export = Find(exporter.ServiceExports, one => one.Subject, import.Subject, out bool isExact);
        return export is not null
            && Allows(export.Accounts, export.AccountTokenPosition, import.Subject, isExact, importer, import.IsActivated)
            ? export
            : null;
    }

    /// <summary>Whether a token of an export's subject can be the importing account's name.</summary>
    public static bool HasAccountToken(string subject, int position)
    {
        string[] tokens = subject.Split('.');
        return position <= tokens.Length && tokens[position - 1] == "*";
    }

    private static T? Find<T>(IReadOnlyList<T> exports, Func<T, string> subjectOf, string wanted, out bool isExact)
        where T : class
    {
        // The last one of a subject takes the place of earlier ones.
        var exact = exports.LastOrDefault(export => subjectOf(export) == wanted);
        isExact = exact is not null;
        if (exact is not null || !IsValid(wanted))
            return exact;
        byte[] filter = Encoding.UTF8.GetBytes(wanted);
        return exports.FirstOrDefault(export => Subject.IsSubset(filter, Encoding.UTF8.GetBytes(subjectOf(export))));
    }

    private static bool Allows(
        IReadOnlyList<string>? accounts, int position, string subject, bool isExact, string importer, bool isActivated)
    {
        if (position > 0)
            return !isExact && subject.Split('.') is var tokens && position <= tokens.Length && tokens[position - 1] == importer;
        return accounts is null || isActivated || accounts.Contains(importer);
    }

    private static bool IsValid(string subject)
    {
        return Subject.IsValidSubscription(Encoding.UTF8.GetBytes(subject));
    }
}
