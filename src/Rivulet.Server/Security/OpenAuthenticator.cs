namespace Rivulet.Server.Security;

/// <summary>Lets everybody in, whatever they show, into the global account: for a server where nobody is set up.</summary>
internal sealed class OpenAuthenticator : IAuthenticator
{
    private static readonly AuthenticationResult Everybody = AuthenticationResult.Accept(ClientIdentity.Anonymous);

    private OpenAuthenticator()
    {
    }

    /// <summary>The only one there need be.</summary>
    public static OpenAuthenticator Instance { get; } = new();

    /// <inheritdoc/>
    public bool IsRequired => false;

    /// <inheritdoc/>
    public bool AsksForCredentials => false;

    /// <inheritdoc/>
    public int Generation => 0;

    /// <inheritdoc/>
    public bool UsesNonce => false;

    /// <inheritdoc/>
    public TimeSpan Timeout => System.Threading.Timeout.InfiniteTimeSpan;

    /// <inheritdoc/>
    public ValueTask<AuthenticationResult> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken)
    {
        return ValueTask.FromResult(Everybody);
    }
}
