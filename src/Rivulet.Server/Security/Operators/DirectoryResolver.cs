using System.Security.Cryptography;
using System.Text;
using Rivulet.Protocol;
using Rivulet.Server.Security.Tokens;

namespace Rivulet.Server.Security.Operators;

/// <summary>Keeps tokens of accounts in a directory, a file for each: <c>A….jwt</c>. The directory is this server's alone.</summary>
/// <remarks>
/// <para>Files are the truth; the index in memory says which there are, and what their contents' hash is. A token is written to another
/// file first, which then takes the place of the old one, so that a crash leaves either. Thread-safe; the lock is held over
/// file operations, since they have to happen in the order of the index, so members are not for receive loops but to read.</para>
/// </remarks>
internal sealed class DirectoryResolver : IAccountResolver
{
    private const string Extension = ".jwt";
    private const string DeletedExtension = ".jwt.deleted";
    private const string NewExtension = ".jwt.new";
    private const long CacheLimitDefault = 1000;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _index = new(StringComparer.Ordinal);
    private readonly AccountResolverSettings _settings;
    private readonly TimeProvider _time;
    private readonly byte[] _hash = new byte[SHA256.HashSizeInBytes];
    private long _uses;

    // No token expires before this.
    private DateTimeOffset _nextExpiry = DateTimeOffset.MaxValue;

    /// <summary>A resolver over a directory, which is made if it is not there.</summary>
    /// <exception cref="IOException">The directory cannot be made or read.</exception>
    public DirectoryResolver(AccountResolverSettings settings, TimeProvider time)
    {
        _settings = settings;
        _time = time;
        FullPath = Path.GetFullPath(settings.Directory);
        Directory.CreateDirectory(FullPath);
        Reload();
    }

    /// <summary>The directory.</summary>
    public string FullPath { get; }

    /// <summary>Whether it keeps only what is in use.</summary>
    public bool IsCache => _settings.Kind == AccountResolverKind.Cache;

    /// <summary>Whether accounts may be deleted.</summary>
    public bool AllowsDelete => IsCache || _settings.AllowDelete;

    /// <summary>A hash of all tokens, which does not depend on their order: 32 bytes.</summary>
    public byte[] Hash
    {
        get
        {
            lock (_lock)
                return [.. _hash];
        }
    }

    /// <summary>Reads the directory anew.</summary>
    /// <returns>The accounts whose tokens are others than before.</returns>
    public List<string> Reload()
    {
        var changed = new List<string>();
        lock (_lock)
        {
            var old = new Dictionary<string, Entry>(_index, StringComparer.Ordinal);
            _index.Clear();
            Array.Clear(_hash);
            foreach (string file in Directory.EnumerateFiles(FullPath, "*" + Extension))
            {
                string account = Path.GetFileName(file)[..^Extension.Length];
                if (!NKey.IsPublicKey(account, NKeyKind.Account))
                    continue;
                Track(account, File.ReadAllText(file));
                if (old.TryGetValue(account, out var before) && !before.Hash.AsSpan().SequenceEqual(_index[account].Hash))
                    changed.Add(account);
            }
        }

        return changed;
    }

    /// <inheritdoc/>
    public string? Find(string account, out string error)
    {
        error = "account jwt not found";
        lock (_lock)
        {
            RemoveExpired();
            if (!_index.TryGetValue(account, out var entry))
                return null;
            entry.UsedAt = _time.GetUtcNow();
            entry.Use = ++_uses;
            try
            {
                return File.ReadAllText(PathOf(account));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                error = e.Message;
                return null;
            }
        }
    }

    /// <inheritdoc/>
    public void Preload(string account, string token)
    {
        SaveIfNewer(account, token, out _);
    }

    /// <summary>Keeps a token.</summary>
    /// <param name="account">The account.</param>
    /// <param name="token">Its token, which has been verified.</param>
    /// <param name="error">What went wrong; empty if nothing did.</param>
    /// <returns>Whether it is another one than before.</returns>
    public bool Save(string account, string token, out string error)
    {
        error = "";
        lock (_lock)
        {
            RemoveExpired();
            if (_index.TryGetValue(account, out var entry) && entry.Hash.AsSpan().SequenceEqual(HashOf(token)))
                return false;
            if (entry is null && !MakeRoom(out error))
                return false;
            try
            {
                Write(PathOf(account), token);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                error = e.Message;
                return false;
            }

            Track(account, token);
            return true;
        }
    }

    /// <summary>Keeps a token unless the one that is there was issued later, or is the same.</summary>
    /// <inheritdoc cref="Save"/>
    public bool SaveIfNewer(string account, string token, out string error)
    {
        error = "";
        if (Jwt.Decode<AccountClaims>(token, out error) is not { } claims)
            return false;
        if (claims.Subject != account)
        {
            error = "jwt subject nkey and provided nkey do not match";
            return false;
        }

        if (Find(account, out _) is { } existing
            && Jwt.Decode<AccountClaims>(existing, out _) is { } old
            && (old.Id == claims.Id || old.IssuedAt > claims.IssuedAt))
        {
            return false;
        }

        return Save(account, token, out error);
    }

    /// <summary>Deletes a token, if there is one.</summary>
    /// <param name="account">The account.</param>
    /// <param name="error">What went wrong; empty if nothing did.</param>
    /// <returns>Whether there was one.</returns>
    public bool Delete(string account, out string error)
    {
        error = "";
        lock (_lock)
        {
            if (!_index.ContainsKey(account))
                return false;
            try
            {
                if (_settings.HardDelete || IsCache)
                    File.Delete(PathOf(account));
                else
                    File.Move(PathOf(account), Path.Combine(FullPath, account + DeletedExtension), overwrite: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                error = e.Message;
                return false;
            }

            Untrack(account);
            return true;
        }
    }

    /// <summary>The accounts whose tokens are kept, in the order of their keys.</summary>
    public List<string> List()
    {
        lock (_lock)
        {
            RemoveExpired();
            return [.. _index.Keys.Order(StringComparer.Ordinal)];
        }
    }

    private string PathOf(string account)
    {
        return Path.Combine(FullPath, account + Extension);
    }

    private static void Write(string path, string token)
    {
        string next = Path.ChangeExtension(path, null) + NewExtension;
        using (var file = new FileStream(next, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            file.Write(Encoding.UTF8.GetBytes(token));
            file.Flush(flushToDisk: true);
        }

        File.Move(next, path, overwrite: true);
    }

    private bool MakeRoom(out string error)
    {
        error = "";
        long limit = _settings.Limit > 0 ? _settings.Limit : IsCache ? CacheLimitDefault : long.MaxValue;
        if (_index.Count < limit)
            return true;
        if (!IsCache)
        {
            error = "jwt store is full";
            return false;
        }

        string oldest = _index.MinBy(pair => pair.Value.Use).Key;
        return Delete(oldest, out error);
    }

    // What does not hold any more is not kept either; the time to live of a cache counts instead, where there is one.
    private void RemoveExpired()
    {
        var now = _time.GetUtcNow();
        if (now < _nextExpiry)
            return;
        var expired = _index.Where(pair => pair.Value.ExpiresAt(_settings.TimeToLive) is { } end && end <= now).Select(pair => pair.Key).ToList();
        foreach (string account in expired)
        {
            try
            {
                File.Delete(PathOf(account));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It is not used all the same, and is tried again with the next directory that is read.
            }

            Untrack(account);
        }

        _nextExpiry = _index.Values.Min(entry => entry.ExpiresAt(_settings.TimeToLive)) ?? DateTimeOffset.MaxValue;
    }

    private void Track(string account, string token)
    {
        Untrack(account);
        var entry = new Entry
        {
            Hash = HashOf(token),
            TokenExpires = Jwt.Decode<AccountClaims>(token, out _) is { Expires: > 0 } claims
                ? DateTimeOffset.FromUnixTimeSeconds(Math.Min(claims.Expires, DateTimeOffset.MaxValue.ToUnixTimeSeconds()))
                : null,
            UsedAt = _time.GetUtcNow(),
            Use = ++_uses,
        };
        _index[account] = entry;
        if (entry.ExpiresAt(_settings.TimeToLive) is { } end && end < _nextExpiry)
            _nextExpiry = end;
        Mix(entry.Hash);
    }

    private void Untrack(string account)
    {
        if (_index.Remove(account, out var entry))
            Mix(entry.Hash);
    }

    private void Mix(byte[] hash)
    {
        for (int i = 0; i < _hash.Length; i++)
            _hash[i] ^= hash[i];
    }

    private static byte[] HashOf(string token)
    {
        return SHA256.HashData(Encoding.UTF8.GetBytes(token));
    }

    private sealed class Entry
    {
        public required byte[] Hash { get; init; }

        public DateTimeOffset? TokenExpires { get; init; }

        public DateTimeOffset UsedAt { get; set; }

        public long Use { get; set; }

        public DateTimeOffset? ExpiresAt(TimeSpan timeToLive)
        {
            return timeToLive > TimeSpan.Zero ? UsedAt + timeToLive : TokenExpires;
        }
    }
}
