namespace Rivulet.Client.JetStream;

/// <summary>The rule for names of streams and consumers: they are tokens of subjects and names of files.</summary>
internal static class AssetName
{
    /// <exception cref="ArgumentException">The name breaks the rule.</exception>
    public static void Check(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (!IsValid(name))
            throw new ArgumentException($"'{name}' is not a name of a stream or consumer.", nameof(name));
    }

    private static bool IsValid(string name)
    {
        foreach (char c in name)
        {
            if (c is '.' or '*' or '>' or '/' or '\\' or <= ' ' or (char)127)
                return false;
        }

        return true;
    }
}
