using Rivulet.Server.Configuration.Language;
using Rivulet.Server.Security;

namespace Rivulet.Server.Configuration.Keys;

/// <summary>The key <c>imports</c> of an account: what it takes and asks of others.</summary>
internal static class ImportKeys
{
    private static readonly KeyTable<Draft> Table = Create();
    private static readonly KeyTable<Source> SourceTable = new KeyTable<Source>()
        .Text((s, v) => s with { Account = v }, "account")
        .Text((s, v) => s with { Subject = v }, "subject");

    /// <summary>Names of the keys of an import.</summary>
    public static IEnumerable<string> Names => Table.Names;

    /// <summary>Names of the keys of what is imported.</summary>
    public static IEnumerable<string> SourceNames => SourceTable.Names;

    /// <summary>Adds the imports that an entry lists to an account's.</summary>
    public static AccountSettings Read(AccountSettings account, ConfigEntry entry, ConfigProblems problems)
    {
        if (entry.Value is not ConfigArray array)
        {
            problems.Error(entry.Position, $"Imports should be an array, got {entry.Value.KindName}");
            return account;
        }

        foreach (var item in array.Items)
        {
            if (item.Value is ConfigMap map)
                account = Add(account, Table.Apply(map, new Draft(), problems), item.Position, problems);
            else
                problems.Error(item.Position, $"Import Items should be a map with type entry, got {item.Value.KindName}");
        }

        return account;
    }

    private static AccountSettings Add(AccountSettings account, Draft draft, ConfigPosition position, ConfigProblems problems)
    {
        if (draft.Service is { } service)
        {
            string here = draft.To is { Length: > 0 } to ? to : service.Subject;
            var import = new ServiceImport { Account = service.Account, Subject = service.Subject, To = here, Share = draft.Share };
            var twin = account.ServiceImports.FirstOrDefault(other => other.To == here && other.Account == service.Account);
            if (twin is null)
                return account with { ServiceImports = [.. account.ServiceImports, import] };
            problems.Error(
                position,
                $"Duplicate service import subject \"{here}\", previously used in import for account \"{twin.Account}\", subject \"{twin.Subject}\"");
            return account;
        }

        if (draft.Stream is not { } stream)
            return account;
        return account with
        {
            StreamImports =
            [
                .. account.StreamImports,
                new StreamImport
                {
                    Account = stream.Account,
                    Subject = stream.Subject,
                    To = draft.To,
                    Prefix = draft.Prefix,
                    AllowTrace = draft.AllowTrace == true,
                },
            ],
        };
    }

    private static KeyTable<Draft> Create()
    {
        return new KeyTable<Draft>()
            .Custom(Stream, "stream")
            .Custom(Service, "service")
            .Custom(Prefix, "prefix")
            .Custom(To, "to")
            .Boolean((d, v) => d with { Share = v }, "share")
            .Custom(AllowTrace, "allow_trace");
    }

    private static Draft Stream(Draft draft, ConfigEntry entry, ConfigProblems problems)
    {
        if (draft.Service is not null)
            problems.Error(entry.Position, "Detected stream but already saw a service");
        else if (entry.Value is not ConfigMap map)
            problems.Error(entry.Position, $"Stream entry should be an account map, got {entry.Value.KindName}");
        else if (SourceOf(map, entry, problems) is { } source)
            return Checked(draft with { Stream = source }, entry, problems);
        return draft;
    }

    private static Draft Service(Draft draft, ConfigEntry entry, ConfigProblems problems)
    {
        if (draft.Stream is not null)
            problems.Error(entry.Position, "Detected service but already saw a stream");
        else if (draft.AllowTrace is not null)
            problems.Error(entry.Position, "Detected allow_trace directive on a non-stream");
        else if (entry.Value is not ConfigMap map)
            problems.Error(entry.Position, $"Service entry should be an account map, got {entry.Value.KindName}");
        else if (SourceOf(map, entry, problems) is { } source)
            return draft with { Service = source };
        return draft;
    }

    private static Source? SourceOf(ConfigMap map, ConfigEntry entry, ConfigProblems problems)
    {
        var source = SourceTable.Apply(map, new Source("", ""), problems);
        if (source.Account.Length > 0 && source.Subject.Length > 0)
            return source;
        problems.Error(entry.Position, "Expect an account name and a subject");
        return null;
    }

    private static Draft Prefix(Draft draft, ConfigEntry entry, ConfigProblems problems)
    {
        if (entry.Value is ConfigText text)
            return Checked(draft with { Prefix = text.Value.Length > 0 ? text.Value : null }, entry, problems);
        problems.WrongKind(entry.Position, entry.Value, "string");
        return draft;
    }

    private static Draft To(Draft draft, ConfigEntry entry, ConfigProblems problems)
    {
        if (entry.Value is ConfigText text)
            return Checked(draft with { To = text.Value.Length > 0 ? text.Value : null }, entry, problems);
        problems.WrongKind(entry.Position, entry.Value, "string");
        return draft;
    }

    private static Draft Checked(Draft draft, ConfigEntry entry, ConfigProblems problems)
    {
        if (draft is { Stream: not null, Prefix: not null, To: not null })
            problems.Error(entry.Position, "Stream import can not have a 'prefix' and a 'to' property");
        return draft;
    }

    private static Draft AllowTrace(Draft draft, ConfigEntry entry, ConfigProblems problems)
    {
        if (draft.Service is not null)
            problems.Error(entry.Position, "Detected allow_trace directive on a non-stream");
        else if (entry.Value is ConfigBoolean allow)
            return draft with { AllowTrace = allow.Value };
        else
            problems.WrongKind(entry.Position, entry.Value, "bool");
        return draft;
    }

    private sealed record Source(string Account, string Subject);

    private sealed record Draft
    {
        public Source? Stream { get; init; }

        public Source? Service { get; init; }

        public string? Prefix { get; init; }

        public string? To { get; init; }

        public bool Share { get; init; }

        public bool? AllowTrace { get; init; }
    }
}
