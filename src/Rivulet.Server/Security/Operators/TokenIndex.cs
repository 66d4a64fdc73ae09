using System.Text;
using Rivulet.Server.Security.Keys;
using Rivulet.Server.Security.Tokens;

namespace Rivulet.Server.Security.Operators;

/// <summary>Tokens of accounts in memory, with when they run out and when they were used last. Thread-safe; the lock is a leaf.</summary>
internal sealed class TokenIndex
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly TimeSpan _timeToLive;
    private readonly TimeProvider _time;
    private readonly byte[] _hash = new byte[Sha256.HashLength];
    private long _uses;

    /// <summary>No tokens.</summary>
    /// <param name="timeToLive">How long one is kept since it was used last; zero for as long as it holds.</param>
    /// <param name="time">The clock.</param>
    public TokenIndex(TimeSpan timeToLive, TimeProvider time)
    {
        _timeToLive = timeToLive;
        _time = time;
    }

    /// <summary>How many there are, those that have run out included.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _entries.Count;
        }
    }

    /// <summary>The hashes of all of them, joined by exclusive or.</summary>
    public byte[] Hash
    {
        get
        {
            lock (_lock)
                return [.. _hash];
        }
    }

    /// <summary>The token of an account, which counts as a use of it; null if there is none, or it has run out.</summary>
    public string? Find(string account)
    {
        lock (_lock)
        {
            var now = _time.GetUtcNow();
            if (!_entries.TryGetValue(account, out var entry) || HasExpired(entry, now))
                return null;
            entry.UsedAt = now;
            entry.Use = ++_uses;
            return entry.Token;
        }
    }

    /// <summary>Adds a token, or puts it in the place of another one.</summary>
    public void Set(string account, string token)
    {
        lock (_lock)
            Track(account, token);
    }

    /// <summary>Removes a token.</summary>
    public void Remove(string account)
    {
        lock (_lock)
            Untrack(account);
    }

    /// <summary>Has these tokens in place of all others.</summary>
    public void Replace(Dictionary<string, string> tokens)
    {
        lock (_lock)
        {
            _entries.Clear();
            Array.Clear(_hash);
            foreach (var (account, token) in tokens)
                Track(account, token);
        }
    }

    /// <summary>The accounts whose tokens hold, in the order of their keys.</summary>
    public List<string> List()
    {
        lock (_lock)
        {
            var now = _time.GetUtcNow();
            return [.. _entries.Where(pair => !HasExpired(pair.Value, now)).Select(pair => pair.Key).Order(StringComparer.Ordinal)];
        }
    }

    /// <summary>The account whose token was not used for longest. There is one.</summary>
    public string LeastRecentlyUsed()
    {
        lock (_lock)
            return _entries.MinBy(pair => pair.Value.Use).Key;
    }

    /// <summary>Removes the tokens that have run out; their accounts.</summary>
    public List<string> TakeExpired()
    {
        lock (_lock)
        {
            var now = _time.GetUtcNow();
            List<string> expired = [.. _entries.Where(pair => HasExpired(pair.Value, now)).Select(pair => pair.Key)];
            foreach (string account in expired)
                Untrack(account);
            return expired;
        }
    }

    private bool HasExpired(Entry entry, DateTimeOffset now)
    {
        return _timeToLive > TimeSpan.Zero ? entry.UsedAt + _timeToLive <= now : entry.Expires <= now;
    }

    private void Track(string account, string token)
    {
        Untrack(account);
        var entry = new Entry
        {
            Token = token,
            Hash = Sha256.Hash(Encoding.UTF8.GetBytes(token)),
            Expires = Jwt.Decode<AccountClaims>(token, out _) is { Expires: > 0 } claims ? ClaimedTime.Of(claims.Expires) : DateTimeOffset.MaxValue,
            UsedAt = _time.GetUtcNow(),
            Use = ++_uses,
        };
        _entries[account] = entry;
        Mix(entry.Hash);
    }

    private void Untrack(string account)
    {
        if (_entries.Remove(account, out var entry))
            Mix(entry.Hash);
    }

    private void Mix(byte[] hash)
    {
        for (int i = 0; i < _hash.Length; i++)
            _hash[i] ^= hash[i];
    }

    private sealed class Entry
    {
        public required string Token { get; init; }

        public required byte[] Hash { get; init; }

        public required DateTimeOffset Expires { get; init; }

        public DateTimeOffset UsedAt { get; set; }

        public long Use { get; set; }
    }
}
