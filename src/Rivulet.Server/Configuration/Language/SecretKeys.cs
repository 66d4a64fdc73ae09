namespace Rivulet.Server.Configuration.Language;

/// <summary>Keys whose values are secrets, wherever they stand: errors do not show what is wrong with such a value.</summary>
internal static class SecretKeys
{
    private static readonly HashSet<string> Names = new(StringComparer.OrdinalIgnoreCase)
    {
        "pass", "password", "token", "seed", "credentials", "creds", "key", "ek", "encryption_key", "prev_key", "prev_ek",
        "prev_encryption_key", "encryption_password", "srk_password",
    };

    /// <summary>Whether a key is one of them.</summary>
    public static bool Contain(string key)
    {
        return Names.Contains(key);
    }
}
