using Rivulet.JetStream.Hosting;
using Rivulet.Server;
using Rivulet.Server.Security;

namespace Rivulet.Cli.Tests.Walkthrough;

/// <summary>A server with two accounts that have JetStream, or not, and one for the system.</summary>
public sealed class SystemServerFixture : ServerFixture
{
    private readonly string _storeDirectory = Directory.CreateTempSubdirectory("rivulet-cli-").FullName;

    protected override JetStreamServerOptions JetStream => new() { StoreDirectory = _storeDirectory };

    /// <summary>The address with a user in it; the password of each is the name.</summary>
    public string UrlOf(string user) => Url.Replace("nats://", $"nats://{user}:{user}@", StringComparison.Ordinal);

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(_storeDirectory, recursive: true);
    }

    protected override NatsServerOptions Configure(NatsServerOptions options) => options with
    {
        ServerName = "one",
        SystemAccount = "SYS",
        Accounts =
        [
            Account("A", "a") with { JetStream = AccountLimits.Unlimited },
            Account("B", "b"),
            Account("SYS", "s"),
        ],
    };

    private static AccountSettings Account(string name, string user) =>
        new() { Name = name, Users = [new UserSettings { Name = user, Password = user }] };
}
