namespace Rivulet.Server.Security.Operators;

/// <summary>Keys, or everybody's, of which what was issued up to some time is void.</summary>
internal static class Revocations
{
    private const string Everybody = "*";

    /// <summary>Whether what was issued for a key at some time is void.</summary>
    /// <param name="revocations">Keys, and seconds since 1970.</param>
    /// <param name="key">The key.</param>
    /// <param name="issuedAt">Seconds since 1970.</param>
    public static bool Cover(IReadOnlyDictionary<string, long> revocations, string key, long issuedAt)
    {
        return (revocations.TryGetValue(key, out long until) && until >= issuedAt)
            || (revocations.TryGetValue(Everybody, out until) && until >= issuedAt);
    }
}
