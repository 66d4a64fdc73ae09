namespace Rivulet.Protocol.Tests.Subjects;

/// <summary>Subject rules written down as directly as possible, to compare the real ones with.</summary>
internal static class SlowSubjects
{
    public static bool Matches(string subject, string filter)
    {
        string[] tokens = subject.Split('.');
        return !tokens.Contains("") && Matches(tokens, filter.Split('.'));
    }

    public static bool IsValidSubscription(string subject)
    {
        string[] tokens = subject.Split('.');
        return !tokens.Contains("")
            && !subject.Any(c => " \t\r\n\f".Contains(c))
            && !tokens.SkipLast(1).Contains(">");
    }

    public static bool IsLiteral(string subject)
    {
        return !subject.Split('.').Any(t => t is "*" or ">");
    }

    private static bool Matches(string[] tokens, string[] filter)
    {
        if (filter is [">"])
            return tokens.Length >= 1;
        if (tokens.Length == 0 || filter.Length == 0)
            return tokens.Length == filter.Length;
        return (filter[0] == "*" || filter[0] == tokens[0]) && Matches(tokens[1..], filter[1..]);
    }
}
