using Rivulet.JetStream.Hosting;
using Rivulet.Server.Connections;
using Rivulet.Server.Security;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Security;

/// <summary>Connections that are closed while it is found out who the client is.</summary>
public sealed class LateAdmissionTests
{
    [Fact]
    public async Task What_a_client_says_behind_a_CONNECT_that_came_too_late_goes_nowhere()
    {
        var time = new HookedTime();
        await using var server = await EmbeddedServer.StartAsync(options => options with
        {
            TimeProvider = time,
            Accounts = [new AccountSettings { Name = "A", Users = [new UserSettings { Name = "a", Password = "p" }] }, new AccountSettings { Name = "B" }],
        });
        var heard = new Listener();
        using var subscription = server.Server.GlobalAccount.Subscribe(">"u8, heard);
        await using var client = await server.ConnectAsync();
        var connection = server.Server.Connections.Single();

        // The clock is asked for while CONNECT is executed.
        time.Next = () => connection.Close(ClosedReason.AuthenticationTimeout);
        await client.SendAsync("CONNECT {\"verbose\":false,\"user\":\"a\",\"pass\":\"p\"}\r\nPUB stray 0\r\n\r\n");
        await client.ReadToEndAsync();
        await Eventually.Holds(() => server.Server.ConnectionCount == 0);
        Assert.Null(time.Next);
        Assert.Equal("", heard.Subject);
    }

    private sealed class Listener : IMessageHandler
    {
        public string Subject { get; private set; } = "";

        public bool Handle(in RoutedMessage message, DeliveryBatch batch)
        {
            Subject = System.Text.Encoding.ASCII.GetString(message.Subject);
            return true;
        }
    }

    /// <summary>The system's clock, which does something when it is asked for the time next.</summary>
    private sealed class HookedTime : TimeProvider
    {
        public Action? Next { get; set; }

        public override DateTimeOffset GetUtcNow()
        {
            var next = Next;
            Next = null;
            next?.Invoke();
            return base.GetUtcNow();
        }
    }
}
