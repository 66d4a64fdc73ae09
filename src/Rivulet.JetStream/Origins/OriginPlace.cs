using Rivulet.JetStream.Streams;

namespace Rivulet.JetStream.Origins;

/// <summary>
/// Where an origin is. One that is addressed by the prefix of an API is elsewhere, unless the prefix is one of this server's own:
/// then it is a stream like those without an address. Origins elsewhere are not reached yet: whoever copies them will come in here.
/// </summary>
internal static class OriginPlace
{
    /// <summary>Whether the origin is a stream of the same account on this server.</summary>
    public static bool IsHere(JetStreamAccount account, StreamSource source)
    {
        if (source.External is not { } external)
            return true;
        string prefix = external.ApiPrefix.TrimEnd('.');
        return prefix.Length == 0
            || (account.Engine.Options.Domain is { Length: > 0 } domain && prefix == $"$JS.{domain}.API");
    }
}
