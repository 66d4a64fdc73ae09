using Rivulet.JetStream.Streams;

namespace Rivulet.JetStream.Origins;

/// <summary>
/// Where an origin is. One without an address is in the same account. One that is addressed by the prefix of an API is so too if the
/// prefix is this server's own; it is in another account of this server if the account imports that one's API under the prefix, and
/// what it delivers. Otherwise it is on another server, and not reached: whoever copies those will come in here.
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

    /// <summary>The account of the origin; <c>null</c> if it cannot be reached, or not now.</summary>
    public static JetStreamAccount? Find(JetStreamAccount account, StreamSource source)
    {
        if (IsHere(account, source))
            return account;
        ExternalStream external = source.External!;
        string? name = account.Router.FindOriginAccount(
            external.ApiPrefix.TrimEnd('.'), external.DeliverPrefix.TrimEnd('.'), source.Name);
        return name is null ? null : account.Engine.FindAccount(name);
    }
}
