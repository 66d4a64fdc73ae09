namespace Rivulet.Server.Security.Tokens;

/// <summary>Rules for subjects in claims, as the library has them that makes the tokens.</summary>
internal static class ClaimedSubject
{
    /// <summary>Adds what is wrong with a subject.</summary>
    public static void Validate(string subject, ClaimsProblems problems)
    {
        if (subject.Length == 0)
        {
            problems.Error("subject cannot be empty");
            return;
        }

        if (subject.Contains(' ', StringComparison.Ordinal))
            problems.Error($"subject \"{subject}\" cannot have spaces");
        if (subject[0] == '.' || subject[^1] == '.')
            problems.Error($"subject \"{subject}\" cannot start or end with a `.`");
        if (subject.Contains("..", StringComparison.Ordinal))
            problems.Error($"subject \"{subject}\" cannot contain consecutive `.`");
    }

    /// <summary>Whether a subject has wildcards.</summary>
    public static bool HasWildcards(string subject)
    {
        string[] tokens = subject.Split('.');
        return tokens[^1] == ">" || tokens.Contains("*");
    }

    /// <summary>Whether everything that one filter matches is matched by another.</summary>
    public static bool IsContainedIn(string subject, string other)
    {
        string[] mine = subject.Split('.');
        string[] others = other.Split('.');
        if (mine.Length < others.Length || (mine.Length > others.Length && others[^1] != ">"))
            return false;
        for (int i = 0; i < others.Length; i++)
        {
            if (i == others.Length - 1 && others[i] == ">")
                return true;
            if (others[i] != mine[i] && others[i] != "*")
                return false;
        }

        return true;
    }

    /// <summary>The filter of what a subject with references such as <c>$1</c> may become.</summary>
    public static string WithoutReferences(string subject)
    {
        return string.Join('.', subject.Split('.').Select(token => IsReference(token, out _) ? "*" : token));
    }

    /// <summary>Adds what is wrong with a subject that takes another one's place, and refers to its wildcards.</summary>
    public static void ValidateRenaming(string subject, string from, ClaimsProblems problems)
    {
        Validate(subject, problems);
        if (from.Length == 0)
            problems.Error("subject cannot be empty");
        string[] tokens = subject.Split('.');
        string[] fromTokens = from.Split('.');
        if ((tokens[^1] == ">") != (fromTokens[^1] == ">"))
            problems.Error("both, renaming subject and subject, need to end or not end in >");
        int wildcards = fromTokens.Count(token => token == "*");
        int references = tokens.Count(token => token == "*");
        foreach (string token in tokens)
        {
            if (!IsReference(token, out int index))
                continue;
            if (index > wildcards)
                problems.Error($"Reference ${index} in \"{subject}\" reference * in \"{from}\" that do not exist");
            else
                references++;
        }

        if (references != wildcards)
            problems.Error("subject does not contain enough * or reference wildcards $[0-9]");
    }

    private static bool IsReference(string token, out int index)
    {
        index = 0;
        return token.Length > 1 && token[0] == '$' && int.TryParse(token.AsSpan(1), out index);
    }
}
