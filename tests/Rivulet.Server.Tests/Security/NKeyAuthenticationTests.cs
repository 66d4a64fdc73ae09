using Rivulet.Server.Security;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Security;

/// <summary>Users that are keys, and show that by a signature.</summary>
public sealed class NKeyAuthenticationTests : IAsyncLifetime
{
    private const string Violation = "-ERR 'Authorization Violation'\r\n";

    private readonly TestKey _key = TestKey.User();
    private readonly TestKey _stranger = TestKey.User();
    private EmbeddedServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await EmbeddedServer.StartAsync(options => options with
        {
            Authorization = new AuthorizationSettings
            {
                Users =
                [
                    new UserSettings { NKey = _key.Public },
                    new UserSettings { Name = "ann", Password = "p" },
                ],
            },
        });
    }

    public ValueTask DisposeAsync()
    {
        return _server.DisposeAsync();
    }

    [Fact]
    public async Task The_owner_of_a_key_signs_the_nonce_and_comes_in()
    {
        await using var client = await _server.ConnectAsync();
        Assert.Equal(15, client.Info.Nonce!.Length);
        await client.SendAsync(Connect(_key.Public, _key.Sign(client.Info.Nonce)));
        await client.ExpectAsync("PONG\r\n");
        Assert.Equal(_key.Public, _server.Server.Connections.Single().Identity.UserLabel);
    }

    [Fact]
    public async Task Old_clients_sign_in_ordinary_base64()
    {
        await using var client = await _server.ConnectAsync();
        string signature = Convert.ToBase64String(_key.Pair.Sign(System.Text.Encoding.ASCII.GetBytes(client.Info.Nonce!)));
        await client.SendAsync(Connect(_key.Public, signature));
        await client.ExpectAsync("PONG\r\n");
    }

    [Fact]
    public async Task A_password_is_as_good_where_there_are_both()
    {
        await using var client = await _server.ConnectAsync();
        await client.SendAsync("CONNECT {\"verbose\":false,\"user\":\"ann\",\"pass\":\"p\"}\r\nPING\r\n");
        await client.ExpectAsync("PONG\r\n");
    }

    [Fact]
    public async Task A_signature_of_another_key_is_refused()
    {
        await RefuseAsync(nonce => Connect(_key.Public, _stranger.Sign(nonce)), "Signature not verified");
    }

    [Fact]
    public async Task A_key_that_nobody_knows_is_refused()
    {
        await RefuseAsync(nonce => Connect(_stranger.Public, _stranger.Sign(nonce)), null);
    }

    [Fact]
    public async Task A_signature_of_another_nonce_is_refused()
    {
        await RefuseAsync(_ => Connect(_key.Public, _key.Sign("AAAAAAAAAAAAAAA")), "Signature not verified");
        await RefuseAsync(_ => Connect(_key.Public, _key.Sign("")), "Signature not verified");
    }

    [Fact]
    public async Task A_signature_is_good_for_the_connection_that_it_was_made_for_alone()
    {
        await using var client = await _server.ConnectAsync();
        string replayed = Connect(_key.Public, _key.Sign(client.Info.Nonce));
        await client.SendAsync(replayed);
        await client.ExpectAsync("PONG\r\n");
        await RefuseAsync(nonce => nonce == client.Info.Nonce ? "" : replayed, "Signature not verified");
    }

    [Fact]
    public async Task A_missing_or_unreadable_signature_is_refused()
    {
        await RefuseAsync(_ => Connect(_key.Public, ""), "Signature missing");
        await RefuseAsync(_ => Connect(_key.Public, "§%"), "Signature not valid base64");
        await RefuseAsync(nonce => Connect(_key.Public, _key.Sign(nonce)[..40]), "Signature not verified");
    }

    [Fact]
    public async Task No_nonce_comes_a_second_time()
    {
        var nonces = new HashSet<string>();
        for (int i = 0; i < 50; i++)
        {
            await using var client = await _server.ConnectAsync();
            Assert.True(nonces.Add(client.Info.Nonce!));
        }

        // Nor again on the same connection.
        await using var last = await _server.ConnectAsync();
        await last.SendAsync(Connect(_key.Public, _key.Sign(last.Info.Nonce)));
        await last.ExpectAsync("PONG\r\n");
        Assert.Null((await last.ReadInfoAsync()).Nonce);
    }

    private async Task RefuseAsync(Func<string, string> connect, string? reason)
    {
        await using var client = await _server.ConnectAsync();
        await client.SendAsync(connect(client.Info.Nonce!));
        Assert.Equal(Violation, await client.ReadToEndAsync());
        if (reason is not null)
            Assert.Contains(_server.Log.Lines, line => line.StartsWith("[Debug]", StringComparison.Ordinal) && line.EndsWith(reason, StringComparison.Ordinal));
    }

    private static string Connect(string key, string signature)
    {
        return $"CONNECT {{\"verbose\":false,\"protocol\":1,\"nkey\":\"{key}\",\"sig\":\"{signature}\"}}\r\nPING\r\n";
    }
}
