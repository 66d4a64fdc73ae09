using System.Text;
using Rivulet.Server.Security;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Security;

/// <summary>Rights that change while a client makes use of them.</summary>
public sealed class ChangingRightsTests
{
    private const int Rounds = 40;
    private const int SubscriptionsEach = 3000;

    private static readonly Permissions Everything = new();
    private static readonly Permissions NothingSecret = new() { Subscribe = new SubjectPermission { Deny = ["secret.>"] } };

    /// <summary>A subscription is taken away however far it is on its way into the account.</summary>
    [Fact]
    public async Task No_subscription_slips_past_rights_that_come_while_it_is_made()
    {
        await using var server = await StartAsync();
        for (int round = 0; round < Rounds; round++)
        {
            await using var client = await ConnectAsync(server);
            var connection = server.Server.Connections.Single();
            int own = server.Server.GlobalAccount.SubscriptionCount;
            await client.SendAsync(Many("secret.x", round));
            SpinWait.SpinUntil(() => connection.Subscriptions.Count > round * 10);
            connection.Change(connection.Identity with { Permissions = NothingSecret });
            await client.PingAsync();
            Assert.Equal((0, own), (connection.Subscriptions.Count, server.Server.GlobalAccount.SubscriptionCount));
            client.CloseOutput();
            await Eventually.Holds(() => server.Server.ConnectionCount == 0);
        }
    }

    [Fact]
    public async Task No_subscription_misses_that_some_of_its_messages_are_denied_since_it_was_made()
    {
        await using var server = await StartAsync();
        for (int round = 0; round < Rounds; round++)
        {
            await using var client = await ConnectAsync(server);
            var connection = server.Server.Connections.Single();
            await client.SendAsync(Many(">", round));
            SpinWait.SpinUntil(() => connection.Subscriptions.Count > round * 10);
            connection.Change(connection.Identity with { Permissions = NothingSecret });
            await client.PingAsync();
            Assert.All(connection.Subscriptions.Snapshot(), subscription => Assert.True(subscription.IsFiltered));
            client.CloseOutput();
            await Eventually.Holds(() => server.Server.ConnectionCount == 0);
        }
    }

    private static string Many(string subject, int round)
    {
        var text = new StringBuilder();
        for (int i = 0; i < SubscriptionsEach + round; i++)
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"SUB {subject} {i}\r\n");
        return text.ToString();
    }

    private static Task<EmbeddedServer> StartAsync()
    {
        return EmbeddedServer.StartAsync(options => options with
        {
            Authorization = new AuthorizationSettings { Users = [new UserSettings { Name = "a", Password = "p", Permissions = Everything }] },
        });
    }

    private static async Task<RawClient> ConnectAsync(EmbeddedServer server)
    {
        var client = await server.ConnectAsync();
        await client.SendAsync("CONNECT {\"verbose\":false,\"user\":\"a\",\"pass\":\"p\"}\r\nPING\r\n");
        await client.ExpectAsync("PONG\r\n");
        return client;
    }
}
