using Microsoft.Extensions.Logging;
using Rivulet.JetStream.Hosting;
using Rivulet.Server.Accounts;
using Rivulet.Server.Hosting;
using Rivulet.Server.Security.Keys;

namespace Rivulet.Server.Security.Callout;

/// <summary>What asking an authorization service takes of the server.</summary>
internal sealed class CalloutServer
{
    /// <summary>Names of the server.</summary>
    public required ServerIdentity Identity { get; init; }

    /// <summary>What it signs requests with.</summary>
    public required NKeyPair Keys { get; init; }

    /// <summary>What it encrypts requests with.</summary>
    public required CurveKeyPair EncryptionKeys { get; init; }

    /// <summary>Its address, as requests have it.</summary>
    public required string Host { get; init; }

    /// <summary>Its labels.</summary>
    public required IReadOnlyList<string> Tags { get; init; }

    /// <summary>Its accounts.</summary>
    public required AccountRegistry Accounts { get; init; }

    /// <summary>Where answers are looked at.</summary>
    public required IWorkScheduler Work { get; init; }

    /// <summary>The clock.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>Hears of what is wrong with answers.</summary>
    public required ILogger Log { get; init; }
}
