namespace Rivulet.Server.Security.Operators;

/// <summary>Keeps the tokens of accounts. Thread-safe.</summary>
internal interface IAccountResolver
{
    /// <summary>The token of an account as far as it is here; null, and why, if there is none.</summary>
    string? Find(string account, out string error);

    /// <summary>The accounts that there are tokens of.</summary>
    List<string> List();

    /// <summary>Keeps a token unless the one that is there was issued later.</summary>
    void Preload(string account, string token);
}
