namespace Rivulet.Server.Security.Operators;

/// <summary>The server, as the accounts of operators change it. Thread-safe.</summary>
internal interface IAccountTarget
{
    /// <summary>Takes over what accounts there are.</summary>
    /// <param name="accounts">All of them; they fit together.</param>
    void Apply(IReadOnlyList<AccountSettings> accounts);

    /// <summary>Has another look at the clients of an account whose claims have changed.</summary>
    /// <param name="name">The account.</param>
    /// <param name="before">As it was; null if it was not there.</param>
    /// <param name="now">As it is; null if it is gone, or its claims have run out.</param>
    void Recheck(string name, ClaimedAccount? before, ClaimedAccount? now);
}
