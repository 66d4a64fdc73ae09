using System.Text.Json.Nodes;
using Rivulet.Server.Security;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Security;

/// <summary>A server with an operator, a system account and an account <c>A</c>, and what it takes to sign for them.</summary>
internal sealed class OperatorRig : IAsyncDisposable
{
    public const string Violation = "-ERR 'Authorization Violation'\r\n";

    private OperatorRig()
    {
    }

    public TestKey Operator { get; } = TestKey.Operator();

    public TestKey System { get; } = TestKey.Account();

    public TestKey SystemUser { get; } = TestKey.User();

    public TestKey A { get; } = TestKey.Account();

    public TestKey User { get; } = TestKey.User();

    public ManualTimeProvider Time { get; } = new(DateTimeOffset.UtcNow);

    public EmbeddedServer Server { get; private set; } = null!;

    /// <summary>Limits of an account that has none.</summary>
    public static JsonObject Unlimited => new()
    {
        ["subs"] = -1,
        ["data"] = -1,
        ["payload"] = -1,
        ["imports"] = -1,
        ["exports"] = -1,
        ["wildcards"] = true,
        ["conn"] = -1,
        ["leaf"] = -1,
    };

    /// <summary>Starts a server.</summary>
    /// <param name="fields">What the claims of the account say; limits are added. Null for nothing.</param>
    /// <param name="resolver">Where tokens are; in memory if null.</param>
    /// <param name="operators">Changes the settings.</param>
    /// <param name="options">Changes the server's settings.</param>
    /// <param name="operatorFields">What the claims of the operator say besides.</param>
    /// <param name="more">Other accounts to preload: their tokens.</param>
    public static async Task<OperatorRig> StartAsync(
        Func<OperatorRig, JsonObject>? fields = null,
        AccountResolverSettings? resolver = null,
        Func<OperatorRig, OperatorSettings, OperatorSettings>? operators = null,
        Func<NatsServerOptions, NatsServerOptions>? options = null,
        Func<OperatorRig, JsonObject>? operatorFields = null,
        Func<OperatorRig, Dictionary<string, string>>? more = null)
    {
        var rig = new OperatorRig();
        var claims = operatorFields?.Invoke(rig) ?? [];
        claims["system_account"] = rig.System.Public;
        var settings = new OperatorSettings
        {
            Operators = [rig.Operator.Issue("operator", rig.Operator.Public, claims)],
            Resolver = resolver ?? new AccountResolverSettings(),
            Preload = new Dictionary<string, string>(more?.Invoke(rig) ?? [])
            {
                [rig.System.Public] = rig.AccountToken(rig.System),
                [rig.A.Public] = rig.AccountToken(rig.A, fields?.Invoke(rig)),
            },
        };
        if (operators is not null)
            settings = operators(rig, settings);
        rig.Server = await EmbeddedServer.StartAsync(start =>
        {
            start = start with { Operators = settings, TimeProvider = rig.Time };
            return options is null ? start : options(start);
        });
        return rig;
    }

    /// <summary>The token of an account by the operator.</summary>
    public string AccountToken(TestKey account, JsonObject? fields = null, JsonObject? claims = null, TestKey? issuer = null)
    {
        fields ??= [];
        if (!fields.ContainsKey("limits"))
            fields["limits"] = Unlimited;
        return (issuer ?? Operator).Issue("account", account.Public, fields, claims, Time.GetUtcNow());
    }

    /// <summary>The token of a user by account A, or by whom it says.</summary>
    public string UserToken(JsonObject? fields = null, JsonObject? claims = null, TestKey? issuer = null, TestKey? user = null)
    {
        fields ??= [];
        fields.TryAdd("subs", -1);
        fields.TryAdd("data", -1);
        fields.TryAdd("payload", -1);
        return (issuer ?? A).Issue("user", (user ?? User).Public, fields, claims, Time.GetUtcNow());
    }

    /// <summary>The token of a user who says nothing, as those of a scope do.</summary>
    public string ScopedToken(TestKey signer, JsonObject? fields = null, JsonObject? claims = null)
    {
        fields ??= [];
        fields["issuer_account"] = A.Public;
        return signer.Issue("user", User.Public, fields, claims, Time.GetUtcNow());
    }

    /// <summary>Connects as a user who is accepted.</summary>
    public async Task<RawClient> ConnectAsync(string token, TestKey? user = null)
    {
        var client = await Server.ConnectAsync();
        await client.SendAsync((user ?? User).Connect(token, client.Info.Nonce));
        await client.ExpectAsync("PONG\r\n");
        await client.ReadInfoAsync();
        return client;
    }

    /// <summary>Connects as a user of the system account.</summary>
    public Task<RawClient> ConnectSystemAsync()
    {
        return ConnectAsync(UserToken(issuer: System, user: SystemUser), SystemUser);
    }

    /// <summary>Connects as a user who is refused for a reason that only the log tells.</summary>
    public async Task RefuseAsync(string token, string reason, TestKey? user = null)
    {
        await using var client = await Server.ConnectAsync();
        await client.SendAsync((user ?? User).Connect(token, client.Info.Nonce));
        Assert.Equal(Violation, await client.ReadToEndAsync());
        Assert.Contains(Server.Log.Lines, line => line.Contains(reason, StringComparison.Ordinal));
    }

    /// <summary>Asks, and returns what the answer says.</summary>
    public static async Task<string> RequestAsync(RawClient client, string subject, string body = "")
    {
        await client.SendAsync($"SUB reply 77\r\nUNSUB 77 1\r\nPUB {subject} reply {body.Length}\r\n{body}\r\n");
        string line = await client.ReadLineAsync();
        if (!line.StartsWith("MSG reply 77 ", StringComparison.Ordinal))
            return line;
        string payload = await client.ReadAsync(int.Parse(line.Split(' ')[^1], global::System.Globalization.CultureInfo.InvariantCulture));
        await client.ExpectAsync("\r\n");
        return payload;
    }

    public ValueTask DisposeAsync()
    {
        return Server.DisposeAsync();
    }
}
