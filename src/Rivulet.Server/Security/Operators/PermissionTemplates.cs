using System.Text;
using System.Text.RegularExpressions;
using Rivulet.Protocol;
using Rivulet.Server.Security.Tokens;

namespace Rivulet.Server.Security.Operators;

/// <summary>Fills in what the permissions of a scoped signing key leave open: <c>{{name()}}</c>, <c>{{tag(team)}}</c>, …</summary>
/// <remarks>
/// A tag may have several values; then the subject becomes several, one for each combination. A subject that comes out invalid, or
/// whose tag is missing, is left out where it would allow something, and refuses the user where it would deny something.
/// If nothing is left of what is allowed, nothing is.
/// </remarks>
internal static partial class PermissionTemplates
{
    private const int SubjectsMax = 4096;

    /// <summary>The permissions and limits of one user of a scope; null, and why, if they cannot be told.</summary>
    /// <param name="template">What the scope says.</param>
    /// <param name="user">The user.</param>
    /// <param name="account">Its account.</param>
    /// <param name="error">Why there are none.</param>
    public static PermissionClaims? Fill(PermissionClaims template, UserClaims user, AccountClaims account, out string error)
    {
        try
        {
            error = "";
            var filled = new PermissionClaims { Responses = template.Responses };
            Fill(template.Publish, filled.Publish, user, account);
            Fill(template.Subscribe, filled.Subscribe, user, account);
            return filled;
        }
        catch (FormatException e)
        {
            error = e.Message;
            return null;
        }
    }

    private static void Fill(SubjectPermissionClaims template, SubjectPermissionClaims filled, UserClaims user, AccountClaims account)
    {
        filled.Allow = Fill(template.Allow, user, account, isStrict: false);
        filled.Deny = Fill(template.Deny, user, account, isStrict: true);
        if (template.Allow.Count > 0 && filled.Allow.Count == 0)
            filled.Deny.Add(">");
    }

    private static List<string> Fill(List<string> subjects, UserClaims user, AccountClaims account, bool isStrict)
    {
        var filled = new List<string>(subjects.Count);
        foreach (string subject in subjects)
        {
            if (!Placeholder().IsMatch(subject))
            {
                filled.Add(subject);
                continue;
            }

            foreach (string candidate in Expand(subject, user, account, isStrict))
            {
                if (Subject.IsValidSubscription(Encoding.UTF8.GetBytes(candidate)))
                    filled.Add(candidate);
                else if (isStrict)
                    throw new FormatException("generated invalid subject");
                if (filled.Count > SubjectsMax)
                    throw new FormatException($"template expansion exceeds limit: {SubjectsMax}");
            }
        }

        return filled;
    }

    // One text for each combination of values, built from left to right.
    private static List<string> Expand(string subject, UserClaims user, AccountClaims account, bool isStrict)
    {
        List<string> texts = [""];
        int end = 0;
        foreach (Match match in Placeholder().Matches(subject))
        {
            string literal = subject[end..match.Index];
            end = match.Index + match.Length;
            var values = Values(match.Groups[1].Value.Trim(), subject, user, account, isStrict);
            if (texts.Count * values.Count > SubjectsMax)
                throw new FormatException($"template expansion exceeds limit: {SubjectsMax}");
            texts = [.. from text in texts from value in values select text + literal + value];
        }

        return [.. texts.Select(text => text + subject[end..])];
    }

    private static List<string> Values(string operation, string subject, UserClaims user, AccountClaims account, bool isStrict)
    {
        switch (operation.ToLowerInvariant())
        {
            case "name()":
                return [user.Name];
            case "subject()":
                return [user.Subject];
            case "account-name()":
                return [account.Name];
            case "account-subject()":
                return [user.User.IssuerAccount];
        }

        var tags = operation.StartsWith("tag(", StringComparison.OrdinalIgnoreCase) ? user.User.Tags
            : operation.StartsWith("account-tag(", StringComparison.OrdinalIgnoreCase) ? account.Account.Tags
            : null;
        if (tags is null || operation[^1] != ')')
            throw new FormatException($"template operation in \"{subject}\": \"{operation}\" is not defined");
        string key = operation[(operation.IndexOf('(', StringComparison.Ordinal) + 1)..^1].ToLowerInvariant();
        var values = tags
            .Where(tag => tag.StartsWith(key + ":", StringComparison.Ordinal))
            .Select(tag => tag[(key.Length + 1)..])
            .ToList();
        if (values.Count > 0)
            return values;

        // A blank makes the subject invalid, and so it is left out.
        return isStrict ? throw new FormatException($"generated invalid subject \"{subject}\": \"{key}\" is not defined") : [" "];
    }

    [GeneratedRegex(@"\{\{([^}]+)\}\}", RegexOptions.CultureInvariant)]
    private static partial Regex Placeholder();
}
