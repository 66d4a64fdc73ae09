using Rivulet.Server.Hosting;

namespace Rivulet.Server.SystemRequests;

/// <summary>Which servers a request is for. Others do not answer it. Immutable.</summary>
internal sealed record ServerFilter
{
    /// <summary>What the name has to contain, or to be; empty for any.</summary>
    public string Name { get; init; } = "";

    /// <summary>What the address that the server listens on has to contain, or to be; empty for any.</summary>
    public string Host { get; init; } = "";

    /// <summary>What the name of the cluster has to contain, or to be; empty for any. A server on its own is in none.</summary>
    public string Cluster { get; init; } = "";

    /// <summary>The JetStream domain; empty for any.</summary>
    public string Domain { get; init; } = "";

    /// <summary>Labels that the server has to have, all of them.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Whether texts have to be the same, not only to be contained.</summary>
    public bool IsExact { get; init; }

    /// <summary>Whether a server is meant.</summary>
    /// <param name="identity">Its names.</param>
    /// <param name="options">Its settings.</param>
    public bool Admits(ServerIdentity identity, NatsServerOptions options)
    {
        return Fits(Name, identity.Name)
            && Fits(Host, options.Host)
            && Fits(Cluster, "")
            && (Domain.Length == 0 || Domain == options.JetStream?.Domain)
            && Tags.All(tag => options.Tags.Contains(tag, StringComparer.Ordinal));
    }

    private bool Fits(string wanted, string actual)
    {
        if (wanted.Length == 0)
            return true;
        return IsExact ? wanted == actual : actual.Contains(wanted, StringComparison.Ordinal);
    }
}
