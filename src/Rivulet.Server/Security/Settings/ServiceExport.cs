namespace Rivulet.Server.Security;

/// <summary>A service of an account that others may ask.</summary>
public sealed record ServiceExport
{
    /// <summary>How long responses may take, for responses that are more than one, unless something else is set.</summary>
    public static readonly TimeSpan DefaultResponseThreshold = TimeSpan.FromMinutes(2);

    /// <summary>Filter of the subjects that requests come to.</summary>
    public required string Subject { get; init; }

    /// <summary>
    /// The accounts that may import it; null for all. An empty list is for nobody but those whose import
    /// <see cref="ServiceImport.IsActivated"/>.
    /// </summary>
    public IReadOnlyList<string>? Accounts { get; init; }

    /// <summary>How many messages make a response.</summary>
    public ServiceResponseType ResponseType { get; init; }

    /// <summary>How long after a request a response may begin; after that the requester is forgotten.</summary>
    public TimeSpan ResponseThreshold { get; init; } = DefaultResponseThreshold;

    /// <summary>The token of <see cref="Subject"/>, from 1, that has to be the importing account's name; 0 for none.</summary>
    public int AccountTokenPosition { get; init; }

    /// <summary>Whether it is measured how long responses take; null for not. For responses of one message only.</summary>
    public ServiceLatency? Latency { get; init; }

    /// <summary>Whether traces of messages go on into this account.</summary>
    public bool AllowTrace { get; init; }

    /// <inheritdoc/>
    public bool Equals(ServiceExport? other)
    {
        return other is not null
            && Subject == other.Subject
            && ResponseType == other.ResponseType
            && ResponseThreshold == other.ResponseThreshold
            && AccountTokenPosition == other.AccountTokenPosition
            && AllowTrace == other.AllowTrace
            && Latency == other.Latency
            && ListEquality.AreEqual(Accounts, other.Accounts);
    }

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        return string.GetHashCode(Subject, StringComparison.Ordinal);
    }
}
