using Rivulet.Cli.CommandLine;
using Rivulet.Cli.Connecting;
using Rivulet.Cli.Formats;
using Rivulet.Client;
using Rivulet.Client.JetStream;

namespace Rivulet.Cli.Commands;

/// <summary><c>nats account info</c>: who we are to the server, and what JetStream grants the account.</summary>
internal static class AccountInfoCommand
{
    public static CommandSpec Spec => new("info", "Account information")
    {
        Aliases = ["nfo"],
        Run = RunAsync,
    };

    private static async Task RunAsync(CommandContext context)
    {
        await using var connection = await OpenAsync(context).ConfigureAwait(false);
        var block = new InfoBlock("Account Information");
        await AddConnectionAsync(block, connection).ConfigureAwait(false);
        await AddJetStreamAsync(block, connection).ConfigureAwait(false);
        context.Print(block);
    }

    private static async Task<CliConnection> OpenAsync(CommandContext context)
    {
        try
        {
            return await CliConnection.OpenAsync(context).ConfigureAwait(false);
        }
        catch (NatsException cause)
        {
            throw new CliException($"setup failed: {ErrorText.Describe(cause)}", cause);
        }
    }

    private static async Task AddConnectionAsync(InfoBlock block, CliConnection connection)
    {
        var nats = connection.Nats;
        var server = nats.ServerInfo;
        var user = await UserInfo.RequestAsync(connection).ConfigureAwait(false);

        // The first round trip of a process also pays for loading code; the second tells of the server.
        await nats.PingAsync().ConfigureAwait(false);
        var rtt = await nats.PingAsync().ConfigureAwait(false);
        user?.AddRows(block, server.IsSystemAccount);
        block.Row("Client ID", Numbers.Plain(server.ClientId));
        block.Row("Client IP", server.ClientIp ?? "");
        block.Row("RTT", Durations.Short(rtt.Ticks * 100));
        block.Row("Headers Supported", server.Headers);
        block.Row("Maximum Payload", ByteSizes.Format((ulong)server.MaxPayload));
        block.RowUnlessEmpty("Connected Cluster", server.Cluster);
        block.Row("Connected URL", nats.ConnectedUrl);
        block.Row("Connected Address", nats.ConnectedAddress);
        block.Row("Connected Server ID", server.ServerId);
        block.Row("Connected Server Version", server.Version);
        if (server.ServerName != server.ServerId)
        {
            block.Row("Connected Server Name", server.ServerName);
        }

        block.Row("TLS Connection", "no");
        user?.AddPermissions(block);
    }

    private static async Task AddJetStreamAsync(InfoBlock block, CliConnection connection)
    {
        try
        {
            var info = await connection.JetStream.GetAccountInfoAsync().ConfigureAwait(false);
            JetStreamAccountRows.Add(block, info, connection.Nats.ServerInfo.MaxPayload);
        }
        catch (NatsTimeoutException)
        {
            Say("No response from JetStream server");
        }
        catch (Exception none) when (none is JetStreamNotEnabledException or NatsNoRespondersException)
        {
            Say("JetStream is not supported in this account");
        }
        catch (NatsException refused)
        {
            Say($"Could not obtain account information:  {ErrorText.Describe(refused)}");
        }

        void Say(string text)
        {
            block.Line();
            block.Line("   " + text);
        }
    }
}
