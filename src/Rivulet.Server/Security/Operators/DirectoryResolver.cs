using System.Text;
using Rivulet.Protocol;
using Rivulet.Server.Security.Tokens;

namespace Rivulet.Server.Security.Operators;

/// <summary>Keeps tokens of accounts in a directory, a file for each: <c>A….jwt</c>. The directory is this server's alone.</summary>
/// <remarks>
/// <para>Files are the truth, and what is in memory is what they say, so that a look-up reads no file. A token is written to another
/// file first, which then takes the place of the old one, so that a crash leaves either.</para>
/// <para>Thread-safe. The outer lock is over changes and their file operations, and is for the thread that works on requests, for starts
/// and for reloads; the inner one, the index's, is short, and all that a look-up takes.</para>
/// </remarks>
internal sealed class DirectoryResolver : IAccountResolver
{
    private const string Extension = ".jwt";
    private const string DeletedExtension = ".jwt.deleted";
    private const string NewExtension = ".jwt.new";
    private const long CacheLimitDefault = 1000;

    private readonly Lock _changes = new();
    private readonly TokenIndex _index;
    private readonly AccountResolverSettings _settings;

    /// <summary>A resolver over a directory, which is made if it is not there.</summary>
    /// <exception cref="IOException">The directory cannot be made or read.</exception>
    public DirectoryResolver(AccountResolverSettings settings, TimeProvider time)
    {
        _settings = settings;
        _index = new TokenIndex(settings.TimeToLive, time);
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
    public byte[] Hash => _index.Hash;

    /// <summary>Reads the directory anew.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public void Reload()
    {
        lock (_changes)
        {
            var tokens = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (string file in Directory.EnumerateFiles(FullPath, "*" + Extension))
            {
                string account = Path.GetFileName(file)[..^Extension.Length];
                if (NKey.IsPublicKey(account, NKeyKind.Account))
                    tokens[account] = File.ReadAllText(file);
            }

            _index.Replace(tokens);
        }
    }

    /// <inheritdoc/>
    public string? Find(string account, out string error)
    {
        error = "account jwt not found";
        return _index.Find(account);
    }

    /// <inheritdoc/>
    public void Preload(string account, string token)
    {
        lock (_changes)
        {
            if (Jwt.Decode<AccountClaims>(token, out _) is not { } claims || claims.Subject != account)
                return;
            bool isOld = _index.Find(account) is { } existing
                && Jwt.Decode<AccountClaims>(existing, out _) is { } old
                && (old.Id == claims.Id || old.IssuedAt > claims.IssuedAt);
            if (!isOld)
                Save(account, token, out _);
        }
    }

    /// <summary>Keeps a token.</summary>
    /// <param name="account">The account.</param>
    /// <param name="token">Its token, which has been verified.</param>
    /// <param name="error">What went wrong; empty if nothing did.</param>
    public bool Save(string account, string token, out string error)
    {
        error = "";
        lock (_changes)
        {
            DeleteExpired();
            string? before = _index.Find(account);
            if (before == token)
                return true;
            if (before is null && !MakeRoom(out error))
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

            _index.Set(account, token);
            return true;
        }
    }

    /// <summary>Deletes a token, if there is one.</summary>
    /// <param name="account">The account.</param>
    /// <param name="error">What went wrong; empty if nothing did.</param>
    /// <returns>Whether there was one.</returns>
    public bool Delete(string account, out string error)
    {
        error = "";
        lock (_changes)
        {
            if (_index.Find(account) is null)
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

            _index.Remove(account);
            return true;
        }
    }

    /// <inheritdoc/>
    public List<string> List()
    {
        return _index.List();
    }

    private string PathOf(string account)
    {
        return Path.Combine(FullPath, account + Extension);
    }

    private static void Write(string path, string token)
    {
        string next = path[..^Extension.Length] + NewExtension;
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
        if (IsCache)
            return Delete(_index.LeastRecentlyUsed(), out error);
        error = "jwt store is full";
        return false;
    }

    private void DeleteExpired()
    {
        foreach (string account in _index.TakeExpired())
        {
            try
            {
                File.Delete(PathOf(account));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It is not used all the same.
            }
        }
    }
}
