using System.Reflection;

namespace Rivulet.Server.Hosting;

/// <summary>The two versions of this server: the level of the protocol it presents, and its own.</summary>
public static class ServerVersion
{
    /// <summary>The reference server's version whose behaviour clients may count on.</summary>
    public const string ProtocolLevel = "2.15.1";

    /// <summary>The level of the JetStream API.</summary>
    public const int JetStreamApiLevel = 5;

    /// <summary>Rivulet's own version.</summary>
    public static string Own { get; } =
        typeof(ServerVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
            .Split('+')[0] ?? "0.0.0";
}
