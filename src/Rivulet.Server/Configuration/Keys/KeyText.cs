namespace Rivulet.Server.Configuration.Keys;

/// <summary>Keys as error messages show them.</summary>
internal static class KeyText
{
    private const string Redacted = "[REDACTED]";

    /// <summary>The text that stands where a public key should, unless it begins as seeds and private keys do.</summary>
    public static string Of(string key)
    {
        return key.StartsWith('S') || key.StartsWith('P') ? Redacted : key;
    }
}
