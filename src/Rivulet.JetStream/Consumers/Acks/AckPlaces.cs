using Rivulet.JetStream.Origins;

namespace Rivulet.JetStream.Consumers.Acks;

/// <summary>
/// Where what clients say to a consumer comes in: the tokens between <c>$JS.ACK.</c> or <c>$JS.FC.</c> and the rest, in both forms. Clients
/// send on what they were given, so both are always listened to; <see cref="Told"/> is the one that is given.
/// </summary>
internal sealed class AckPlaces
{
    /// <summary>Of a consumer.</summary>
    public AckPlaces(JetStreamAccount account, string stream, string consumer)
    {
        JetStreamOptions options = account.Engine.Options;
        Short = $"{stream}.{consumer}";
        Long = $"{options.Domain ?? "_"}.{OriginNames.Hash(account.Name)}.{Short}";
        Told = options.LongAckSubjects ? Long : Short;
    }

    /// <summary>Stream and consumer.</summary>
    public string Short { get; }

    /// <summary>Domain, hash of the account's name, stream and consumer: told apart where accounts and domains meet.</summary>
    public string Long { get; }

    /// <summary>The one that clients are given.</summary>
    public string Told { get; }
}
