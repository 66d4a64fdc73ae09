using System.Collections.Concurrent;

namespace Rivulet.Server.Security.Operators;

/// <summary>Keeps tokens of accounts in memory: what the configuration says, until it says something else.</summary>
internal sealed class MemoryResolver : IAccountResolver
{
    private readonly ConcurrentDictionary<string, string> _tokens = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public string? Find(string account, out string error)
    {
        error = "account missing";
        return _tokens.GetValueOrDefault(account);
    }

    /// <inheritdoc/>
    public List<string> List()
    {
        return [.. _tokens.Keys];
    }

    /// <inheritdoc/>
    public void Preload(string account, string token)
    {
        _tokens[account] = token;
    }
}
