using System.Text;
using Rivulet.Protocol;
using Rivulet.Server.Security;

namespace Rivulet.Server.Accounts;

/// <summary>
/// Checks what accounts export and import against one another: that an import is allowed, that there is only one of it, and that
/// messages do not go round in a circle. What is wrong is said in the reference server's words.
/// </summary>
internal sealed class ExchangeChecks
{
    private const int CycleDepthMax = 1024;

    private readonly Dictionary<string, AccountSettings> _accounts;
    private readonly Dictionary<string, List<Edge>> _services = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<Edge>> _streams = new(StringComparer.Ordinal);
    private readonly List<string> _mistakes = [];

    private ExchangeChecks(IEnumerable<AccountSettings> accounts)
    {
        _accounts = new Dictionary<string, AccountSettings>(StringComparer.Ordinal);
        foreach (var account in accounts)
            _accounts[account.Name] = account;
    }

    /// <summary>What is wrong, exports first; empty if nothing is.</summary>
    public static IReadOnlyList<string> Check(IReadOnlyList<AccountSettings> accounts)
    {
        var checks = new ExchangeChecks(accounts);
        foreach (var account in accounts)
            checks.CheckExports(account);
        foreach (var account in accounts)
        {
            foreach (var import in account.StreamImports)
                checks.Check(account, import);
        }

        foreach (var account in accounts)
        {
            foreach (var import in account.ServiceImports)
                checks.Check(account, import);
        }

        return checks._mistakes;
    }

    /// <summary>
    /// The same accounts without the imports that are wrong. Each is held against those before it that are not: account by account, and
    /// in each in their order.
    /// </summary>
    /// <param name="accounts">The accounts.</param>
    /// <param name="leftOut">Hears of each account that lost an import, of the import's subject, and of what is wrong with it.</param>
    public static List<AccountSettings> WithoutWrongImports(IReadOnlyList<AccountSettings> accounts, Action<string, string, string> leftOut)
    {
        var checks = new ExchangeChecks(accounts);
        var right = new List<AccountSettings>(accounts.Count);
        foreach (var account in accounts)
        {
            StreamImport[] streams = [.. account.StreamImports.Where(import => checks.Passes(account, import, leftOut))];
            ServiceImport[] services = [.. account.ServiceImports.Where(import => checks.Passes(account, import, leftOut))];
            right.Add(streams.Length == account.StreamImports.Count && services.Length == account.ServiceImports.Count
                ? account
                : account with { StreamImports = streams, ServiceImports = services });
        }

        return right;
    }

    /// <summary>The subjects that a stream import has in the importing account.</summary>
    public static string NameHere(StreamImport import)
    {
        if (import.Prefix is { Length: > 0 } prefix)
            return prefix.EndsWith('.') ? prefix + import.Subject : $"{prefix}.{import.Subject}";
        return import.To is { Length: > 0 } to ? to : import.Subject;
    }

    /// <summary>The subjects that a service import has in the importing account.</summary>
    public static string NameHere(ServiceImport import)
    {
        return import.To is { Length: > 0 } to ? to : import.Subject;
    }

    private bool Passes(AccountSettings importer, StreamImport import, Action<string, string, string> leftOut)
    {
        Check(importer, import);
        return HasPassed(importer.Name, import.Subject, leftOut);
    }

    private bool Passes(AccountSettings importer, ServiceImport import, Action<string, string, string> leftOut)
    {
        Check(importer, import);
        return HasPassed(importer.Name, import.Subject, leftOut);
    }

    private bool HasPassed(string importer, string subject, Action<string, string, string> leftOut)
    {
        if (_mistakes.Count == 0)
            return true;
        leftOut(importer, subject, _mistakes[0]);
        _mistakes.Clear();
        return false;
    }

    private void CheckExports(AccountSettings account)
    {
        foreach (var export in account.StreamExports)
            CheckExport("stream", export.Subject, export.Accounts, export.AccountTokenPosition);
        foreach (var export in account.ServiceExports)
        {
            CheckExport("service", export.Subject, export.Accounts, export.AccountTokenPosition);
            if (export.Latency?.ComplaintFor(export, account.ServiceExports) is { } complaint)
                _mistakes.Add($"Error adding service latency sampling for \"{export.Subject}\" on subject \"{export.Latency.Subject}\": {complaint}");
        }
    }

    private void CheckExport(string kind, string subject, IReadOnlyList<string>? accounts, int position)
    {
        foreach (string unknown in (accounts ?? []).Where(name => !_accounts.ContainsKey(name)))
            _mistakes.Add($"\"{unknown}\" account not defined for {kind} export");
        if (position > 0 && !ExportRules.HasAccountToken(subject, position))
            _mistakes.Add($"Error adding {kind} export \"{subject}\": sublist: invalid subject");
    }

    private void Check(AccountSettings importer, StreamImport import)
    {
        if (!_accounts.TryGetValue(import.Account, out var exporter))
        {
            _mistakes.Add($"\"{import.Account}\" account not defined for stream import");
            return;
        }

        string? mistake = CheckStream(importer, exporter, import);
        if (mistake is not null)
            _mistakes.Add($"Error adding stream import \"{import.Subject}\": {mistake}");
    }

    private string? CheckStream(AccountSettings importer, AccountSettings exporter, StreamImport import)
    {
        if (!IsValid(import.Subject) || !ExportRules.Allows(exporter, import, importer.Name))
            return "stream import not authorized";
        if (import.Prefix is { } prefix && !Subject.IsLiteral(Encoding.UTF8.GetBytes(prefix)))
            return "stream import prefix can not contain wildcard tokens";
        string here = NameHere(import);
        foreach (string subject in (ReadOnlySpan<string>)[here, import.Subject])
        {
            if (FindCycle(_streams, exporter.Name, subject, [importer.Name], areStreams: true) is { } cycle)
                return cycle;
        }

        if (ImportRenaming.Parse(import.Subject, here, out var renaming) is { } mistake)
            return $"failed to create mapping transform for stream import subject from \"{import.Subject}\" to \"{here}\": {mistake}";
        var edges = EdgesOf(_streams, importer.Name);
        if (edges.Exists(edge => edge.Exporter == exporter.Name && edge.There == import.Subject))
            return "stream import already exists";
        edges.Add(new Edge(exporter.Name, import.Subject, renaming!.Destination));
        return null;
    }

    private void Check(AccountSettings importer, ServiceImport import)
    {
        if (!_accounts.TryGetValue(import.Account, out var exporter))
        {
            _mistakes.Add($"\"{import.Account}\" account not defined for service import");
            return;
        }

        string? mistake = CheckService(importer, exporter, import);
        if (mistake is not null)
            _mistakes.Add($"Error adding service import \"{import.Subject}\": {mistake}");
    }

    private string? CheckService(AccountSettings importer, AccountSettings exporter, ServiceImport import)
    {
        string here = NameHere(import);
        if (!IsValid(import.Subject) || !IsValid(here))
            return "invalid subject";
        if (ExportRules.Find(exporter, import, importer.Name) is null)
            return "service import not authorized";
        string? mistake = ImportRenaming.Parse(import.Subject, here, out var renaming);
        string pattern = renaming?.Destination ?? here;
        if (FindCycle(_services, exporter.Name, pattern, [importer.Name], areStreams: false) is { } cycle)
            return cycle;
        if (mistake is not null)
            return $"failed to create mapping transform for service import subject from \"{here}\" to \"{import.Subject}\": {mistake}";
        var edges = EdgesOf(_services, importer.Name);
        if (edges.Find(edge => edge.Exporter == exporter.Name && edge.Here == pattern) is { Exporter: not null } earlier)
        {
            return $"duplicate service import subject \"{pattern}\", previously used in import for account "
                + $"\"{earlier.Exporter}\", subject \"{earlier.There}\"";
        }

        edges.Add(new Edge(exporter.Name, import.Subject, pattern));
        return null;
    }

    /// <summary>Follows the imports of an account that are about a subject, until one comes to an account that was there before.</summary>
    private string? FindCycle(
        Dictionary<string, List<Edge>> edges, string account, string subject, HashSet<string> visited, bool areStreams)
    {
        if (visited.Count >= CycleDepthMax)
            return "search cycle depth exhausted";
        if (areStreams && !_accounts[account].StreamExports.Any(export => Covers(export.Subject, subject)))
            return null;
        foreach (var edge in EdgesOf(edges, account))
        {
            // A stream is followed by what it is called here, a request by what it is called there.
            if (!Overlap(subject, areStreams ? edge.Here : edge.There))
                continue;
            if (visited.Contains(edge.Exporter))
                return "import forms a cycle";
            visited.Add(account);
            string next = Covers(subject, edge.Here) ? edge.Here : subject;
            if (FindCycle(edges, edge.Exporter, next, visited, areStreams) is { } cycle)
                return cycle;
        }

        return null;
    }

    private static List<Edge> EdgesOf(Dictionary<string, List<Edge>> edges, string account)
    {
        if (!edges.TryGetValue(account, out var own))
            edges.Add(account, own = []);
        return own;
    }

    private static bool Covers(string wider, string filter)
    {
        return Subject.IsSubset(Encoding.UTF8.GetBytes(filter), Encoding.UTF8.GetBytes(wider));
    }

    private static bool Overlap(string a, string b)
    {
        return Subject.Overlaps(Encoding.UTF8.GetBytes(a), Encoding.UTF8.GetBytes(b));
    }

    private static bool IsValid(string subject)
    {
        return Subject.IsValidSubscription(Encoding.UTF8.GetBytes(subject));
    }

    private readonly record struct Edge(string Exporter, string There, string Here);
}
