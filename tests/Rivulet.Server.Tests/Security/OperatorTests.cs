using System.Text.Json.Nodes;
using Rivulet.Server.Security;

namespace Rivulet.Server.Tests.Security;

/// <summary>Users by accounts by operators.</summary>
public sealed class OperatorTests
{
    [Fact]
    public async Task A_user_of_an_account_of_the_operator_comes_into_the_account()
    {
        await using var rig = await OperatorRig.StartAsync();
        await using var client = await rig.Server.ConnectAsync();
        Assert.True(client.Info.AuthRequired);
        await client.SendAsync(rig.User.Connect(rig.UserToken(claims: new JsonObject { ["name"] = "ann" }), client.Info.Nonce));
        await client.ExpectAsync("PONG\r\n");
        Assert.Equal(rig.A.Public, (await client.ReadInfoAsync()).RemoteAccount);
        var identity = rig.Server.Server.Connections.Single().Identity;
        Assert.Equal((rig.User.Public, rig.A.Public, "ann"), (identity.UserLabel, identity.IssuerKey, identity.NameTag));
    }

    [Fact]
    public async Task Nobody_comes_in_without_a_token_or_with_one_that_is_none()
    {
        await using var rig = await OperatorRig.StartAsync();
        await rig.RefuseAsync("", "Authentication requires a user JWT");
        await rig.RefuseAsync("eyJ", "User JWT not valid: expected 3 chunks");
        await rig.RefuseAsync(rig.AccountToken(rig.A), "User JWT not valid: not user claim");
        string token = rig.UserToken();
        await rig.RefuseAsync(token[..^2] + (token[^2] == 'A' ? "BB" : "AA"), "User JWT not valid: claim failed V2 signature verification");
        await using var client = await rig.Server.ConnectAsync();
        await client.SendAsync("CONNECT {\"user\":\"a\",\"pass\":\"b\"}\r\n");
        Assert.Equal(OperatorRig.Violation, await client.ReadToEndAsync());
    }

    [Fact]
    public async Task Tokens_of_version_1_let_in_as_well_all_the_way_from_the_operator()
    {
        var old = TestKey.Account();
        await using var rig = await OperatorRig.StartAsync(
            operators: (rig, settings) => settings with
            {
                Operators = [rig.Operator.IssueOld("operator", rig.Operator.Public, new JsonObject { ["system_account"] = rig.System.Public })],
            },
            more: rig => new Dictionary<string, string>
            {
                [old.Public] = rig.Operator.IssueOld("account", old.Public, new JsonObject { ["limits"] = OperatorRig.Unlimited }),
            });
        await using var client = await rig.ConnectAsync(old.IssueOld("user", rig.User.Public, new JsonObject { ["pub"] = new JsonObject { ["deny"] = new JsonArray("no") } }));
        Assert.Equal(old.Public, rig.Server.Server.Connections.Single().Account.Name);
        await client.SendAsync("PUB no 0\r\n\r\n");
        Assert.Equal("-ERR 'Permissions Violation for Publish to \"no\"'", await client.ReadLineAsync());
        await rig.RefuseAsync(TestKey.Account().IssueOld("user", rig.User.Public), "Account JWT lookup error: account missing");
    }

    [Fact]
    public async Task A_token_whose_claims_were_changed_is_refused()
    {
        await using var rig = await OperatorRig.StartAsync();
        string[] real = rig.UserToken(new JsonObject { ["pub"] = new JsonObject { ["deny"] = new JsonArray(">") } }).Split('.');
        string[] other = rig.UserToken().Split('.');
        await rig.RefuseAsync($"{real[0]}.{other[1]}.{real[2]}", "claim failed V2 signature verification");
    }

    [Fact]
    public async Task A_user_has_to_be_signed_by_its_account_or_by_a_signing_key_of_it()
    {
        var signer = TestKey.Account();
        await using var rig = await OperatorRig.StartAsync(_ => new JsonObject { ["signing_keys"] = new JsonArray(signer.Public) });
        var ofAccount = new JsonObject { ["issuer_account"] = rig.A.Public };
        await using var client = await rig.ConnectAsync(rig.UserToken(ofAccount.DeepClone().AsObject(), issuer: signer));
        await rig.RefuseAsync(rig.UserToken(ofAccount, issuer: TestKey.Account()), "User JWT issuer is not known");
        await rig.RefuseAsync(rig.UserToken(issuer: signer), "Account JWT lookup error: account missing");
        await rig.RefuseAsync(rig.UserToken(issuer: TestKey.Account()), "Account JWT lookup error: account missing");
    }

    [Fact]
    public async Task A_user_of_another_account_cannot_name_this_one()
    {
        await using var rig = await OperatorRig.StartAsync();
        await rig.RefuseAsync(
            rig.UserToken(new JsonObject { ["issuer_account"] = rig.A.Public }, issuer: rig.System), "User JWT issuer is not known");
    }

    [Fact]
    public async Task An_account_has_to_be_signed_by_the_operator_or_by_a_signing_key_of_it()
    {
        var stranger = TestKey.Account();
        var ofSigner = TestKey.Account();
        var self = TestKey.Account();
        var signer = TestKey.Operator();
        await using var rig = await OperatorRig.StartAsync(
            operatorFields: _ => new JsonObject { ["signing_keys"] = new JsonArray(signer.Public) },
            more: rig => new Dictionary<string, string>
            {
                [stranger.Public] = rig.AccountToken(stranger, issuer: TestKey.Operator()),
                [ofSigner.Public] = rig.AccountToken(ofSigner, issuer: signer),
                [self.Public] = rig.AccountToken(self, issuer: self),
            });
        await using var client = await rig.ConnectAsync(rig.UserToken(issuer: ofSigner));
        await rig.RefuseAsync(rig.UserToken(issuer: stranger), "Account JWT lookup error: account validation failed");
        await rig.RefuseAsync(rig.UserToken(issuer: self), "Account JWT lookup error: account validation failed");
    }

    [Fact]
    public async Task A_strict_operator_wants_signing_keys_everywhere()
    {
        var operatorSigner = TestKey.Operator();
        var accountSigner = TestKey.Account();
        await using var rig = await OperatorRig.StartAsync(
            operatorFields: _ => new JsonObject
            {
                ["signing_keys"] = new JsonArray(operatorSigner.Public),
                ["strict_signing_key_usage"] = true,
            },
            operators: (rig, settings) => settings with
            {
                Preload = new Dictionary<string, string>
                {
                    [rig.System.Public] = rig.AccountToken(rig.System, issuer: operatorSigner),
                    [rig.A.Public] = rig.AccountToken(
                        rig.A, new JsonObject { ["signing_keys"] = new JsonArray(accountSigner.Public) }, issuer: operatorSigner),
                },
            });
        await using var client = await rig.ConnectAsync(
            rig.UserToken(new JsonObject { ["issuer_account"] = rig.A.Public }, issuer: accountSigner));
        await rig.RefuseAsync(rig.UserToken(), "User JWT issuer is not known");
    }

    [Fact]
    public async Task The_signature_has_to_be_the_users_and_of_this_connections_nonce()
    {
        await using var rig = await OperatorRig.StartAsync();
        string token = rig.UserToken();
        await rig.RefuseAsync(token, "Signature not verified", TestKey.User());
        await using var first = await rig.Server.ConnectAsync();
        string replayed = rig.User.Connect(token, first.Info.Nonce);
        await first.SendAsync(replayed);
        await first.ExpectAsync("PONG\r\n");
        await using var second = await rig.Server.ConnectAsync();
        await second.SendAsync(replayed);
        Assert.Equal(OperatorRig.Violation, await second.ReadToEndAsync());
        await using var third = await rig.Server.ConnectAsync();
        await third.SendAsync($"CONNECT {{\"jwt\":\"{token}\"}}\r\n");
        Assert.Equal(OperatorRig.Violation, await third.ReadToEndAsync());
        Assert.Contains(rig.Server.Log.Lines, line => line.EndsWith("Signature missing", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_bearer_token_needs_no_signature_unless_the_account_wants_none_of_them()
    {
        var strict = TestKey.Account();
        await using var rig = await OperatorRig.StartAsync(more: rig =>
        {
            var limits = OperatorRig.Unlimited;
            limits["disallow_bearer"] = true;
            return new Dictionary<string, string> { [strict.Public] = rig.AccountToken(strict, new JsonObject { ["limits"] = limits }) };
        });
        await using var client = await rig.Server.ConnectAsync();
        await client.SendAsync($"CONNECT {{\"verbose\":false,\"jwt\":\"{rig.UserToken(new JsonObject { ["bearer_token"] = true })}\"}}\r\nPING\r\n");
        await client.ExpectAsync("PONG\r\n");
        await rig.RefuseAsync(
            rig.UserToken(new JsonObject { ["bearer_token"] = true }, issuer: strict), "Account does not allow bearer tokens");
    }

    [Fact]
    public async Task A_token_that_has_expired_or_does_not_hold_yet_is_refused()
    {
        await using var rig = await OperatorRig.StartAsync();
        long now = rig.Time.GetUtcNow().ToUnixTimeSeconds();
        await rig.RefuseAsync(rig.UserToken(claims: new JsonObject { ["exp"] = now - 1 }), "User JWT no longer valid: claim is expired");
        await rig.RefuseAsync(rig.UserToken(claims: new JsonObject { ["nbf"] = now + 60 }), "User JWT no longer valid: claim is not yet valid");
    }

    [Fact]
    public async Task A_client_is_closed_when_its_token_expires()
    {
        await using var rig = await OperatorRig.StartAsync();
        long now = rig.Time.GetUtcNow().ToUnixTimeSeconds();
        await using var client = await rig.ConnectAsync(rig.UserToken(claims: new JsonObject { ["exp"] = now + 30 }));
        await using var other = await rig.ConnectAsync(rig.UserToken());
        rig.Time.Advance(TimeSpan.FromSeconds(28));
        Assert.Equal("", await client.PingAsync());
        rig.Time.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal("-ERR 'User Authentication Expired'\r\n", await client.ReadToEndAsync());
        Assert.Equal("", await other.PingAsync());
    }

    [Fact]
    public async Task Clients_are_closed_when_their_accounts_token_expires()
    {
        var brief = TestKey.Account();
        await using var rig = await OperatorRig.StartAsync(more: rig => new Dictionary<string, string>
        {
            [brief.Public] = rig.AccountToken(brief, claims: new JsonObject { ["exp"] = rig.Time.GetUtcNow().ToUnixTimeSeconds() + 30 }),
        });
        await using var client = await rig.ConnectAsync(rig.UserToken(issuer: brief));
        await using var other = await rig.ConnectAsync(rig.UserToken());
        rig.Time.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal("-ERR 'Account Authentication Expired'\r\n", await client.ReadToEndAsync());
        Assert.Equal("", await other.PingAsync());
        await rig.RefuseAsync(rig.UserToken(issuer: brief), "Account JWT has expired");
    }

    [Fact]
    public async Task A_revoked_user_is_refused_and_one_that_was_issued_later_is_not()
    {
        var everybody = TestKey.Account();
        await using var rig = await OperatorRig.StartAsync(
            fields: rig => new JsonObject
            {
                ["revocations"] = new JsonObject { [rig.User.Public] = rig.Time.GetUtcNow().ToUnixTimeSeconds() },
            },
            more: rig => new Dictionary<string, string>
            {
                [everybody.Public] = rig.AccountToken(everybody, new JsonObject
                {
                    ["revocations"] = new JsonObject { ["*"] = rig.Time.GetUtcNow().ToUnixTimeSeconds() },
                }),
            });
        await rig.RefuseAsync(rig.UserToken(), "User authentication revoked");
        await rig.RefuseAsync(rig.UserToken(issuer: everybody), "User authentication revoked");
        rig.Time.Advance(TimeSpan.FromSeconds(2));
        await using var client = await rig.ConnectAsync(rig.UserToken());
        await using var other = await rig.ConnectAsync(rig.UserToken(issuer: everybody));
    }

    /// <summary>Users that a service vouches for have no key of their own that is shown, and are revoked with everybody.</summary>
    [Fact]
    public async Task Who_has_no_key_is_revoked_with_everybody()
    {
        await using var rig = await OperatorRig.StartAsync();
        await using var client = await rig.ConnectAsync(rig.UserToken());
        var connection = rig.Server.Server.Connections.Single();
        connection.Change(connection.Identity with { NKey = null, IssuerKey = null });
        var revoked = new JsonObject { ["revocations"] = new JsonObject { ["*"] = rig.Time.GetUtcNow().ToUnixTimeSeconds() } };
        Assert.Contains("jwt updated", await UpdateAsync(rig, rig.AccountToken(rig.A, revoked)), StringComparison.Ordinal);
        Assert.Equal("-ERR 'User Authentication Revoked'\r\n", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task Limits_that_an_account_has_from_now_on_hold_for_who_is_connected()
    {
        await using var rig = await OperatorRig.StartAsync();
        await using var client = await rig.ConnectAsync(rig.UserToken());
        await using var other = await rig.ConnectAsync(rig.UserToken());
        await client.SendAsync("SUB a 1\r\n");
        Assert.Equal("", await client.PingAsync());
        var limits = OperatorRig.Unlimited;
        (limits["subs"], limits["payload"], limits["conn"]) = (1, 10, 1);
        Assert.Contains("jwt updated", await UpdateAsync(rig, rig.AccountToken(rig.A, new JsonObject { ["limits"] = limits })), StringComparison.Ordinal);
        Assert.Equal("-ERR 'maximum account active connections exceeded'\r\n", await other.ReadToEndAsync());
        await client.SendAsync("SUB b 2\r\n");
        Assert.Equal("-ERR 'maximum subscriptions exceeded'\r\n", await client.PingAsync());
        await client.SendAsync("PUB b 11\r\n01234567890\r\n");
        Assert.Equal("-ERR 'Maximum Payload Violation'\r\n", await client.ReadToEndAsync());
    }

    [Theory]
    [InlineData("pub")]
    [InlineData("times")]
    [InlineData("allowed_connection_types")]
    public async Task A_token_with_nothing_in_its_lists_is_refused_as_any_other_that_is_wrong(string name)
    {
        await using var rig = await OperatorRig.StartAsync();
        var nothing = new JsonArray((JsonNode?)null);
        JsonNode value = name == "pub" ? new JsonObject { ["allow"] = nothing } : nothing;
        string reason = name switch
        {
            "pub" => "subject cannot be empty",
            "times" => "time ranges start must contain a start",
            _ => "invalid connection types",
        };
        await rig.RefuseAsync(rig.UserToken(new JsonObject { [name] = value }), reason);
    }

    [Fact]
    public async Task Only_the_ways_to_connect_that_a_token_names_are_allowed()
    {
        await using var rig = await OperatorRig.StartAsync();
        await rig.RefuseAsync(
            rig.UserToken(new JsonObject { ["allowed_connection_types"] = new JsonArray("WEBSOCKET") }), "Connection type not allowed");
        await rig.RefuseAsync(
            rig.UserToken(new JsonObject { ["allowed_connection_types"] = new JsonArray("SMOKE_SIGNALS") }), "invalid connection types");
        await using var client = await rig.ConnectAsync(
            rig.UserToken(new JsonObject { ["allowed_connection_types"] = new JsonArray("SMOKE_SIGNALS", "standard") }));
    }

    [Fact]
    public async Task Only_the_networks_and_times_that_a_token_names_are_allowed()
    {
        await using var rig = await OperatorRig.StartAsync();
        await rig.RefuseAsync(rig.UserToken(new JsonObject { ["src"] = new JsonArray("192.0.2.0/24") }), "Bad src Ip 127.0.0.1");
        await using var near = await rig.ConnectAsync(rig.UserToken(new JsonObject { ["src"] = "127.0.0.0/8" }));
        var now = rig.Time.GetUtcNow();
        string Clock(double minutes) => now.AddMinutes(minutes).ToString("HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture);
        JsonObject Times(double from, double to) => new()
        {
            ["times"] = new JsonArray(new JsonObject { ["start"] = Clock(from), ["end"] = Clock(to) }),
            ["times_location"] = "UTC",
        };
        await rig.RefuseAsync(rig.UserToken(Times(2, 4)), "Outside connect times");
        await using var client = await rig.ConnectAsync(rig.UserToken(Times(-2, 2)));
        rig.Time.Advance(TimeSpan.FromMinutes(2.1));
        Assert.Equal("-ERR 'User Authentication Expired'\r\n", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task Permissions_are_those_of_the_token_or_the_accounts_defaults()
    {
        await using var rig = await OperatorRig.StartAsync(_ => new JsonObject
        {
            ["default_permissions"] = new JsonObject { ["pub"] = new JsonObject { ["allow"] = new JsonArray("open.>") } },
        });
        await using var byDefault = await rig.ConnectAsync(rig.UserToken());
        await byDefault.SendAsync("PUB closed 0\r\n\r\n");
        Assert.Contains("Permissions Violation for Publish to \"closed\"", await byDefault.PingAsync(), StringComparison.Ordinal);
        await using var own = await rig.ConnectAsync(rig.UserToken(new JsonObject
        {
            ["sub"] = new JsonObject { ["deny"] = new JsonArray("secret") },
        }));
        await own.SendAsync("PUB closed 0\r\n\r\nSUB secret 1\r\n");
        string answer = await own.PingAsync();
        Assert.Contains("Permissions Violation for Subscription to \"secret\"", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("Publish", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_scoped_user_may_do_what_its_scope_says_of_it()
    {
        var scoped = TestKey.Account();
        await using var rig = await OperatorRig.StartAsync(_ => ScopedAccount(
            scoped, new JsonObject { ["allow"] = new JsonArray("u.{{name()}}", "t.{{tag(team)}}.>", "x.{{tag(none)}}") }));
        var fields = new JsonObject { ["tags"] = new JsonArray("team:red", "team:blue", "other:x") };
        await using var client = await rig.ConnectAsync(rig.ScopedToken(scoped, fields, new JsonObject { ["name"] = "ann" }));
        await client.SendAsync("PUB u.ann 0\r\n\r\nPUB t.red.1 0\r\n\r\nPUB t.blue.1 0\r\n\r\n");
        Assert.Equal("", await client.PingAsync());
        await client.SendAsync("PUB u.bob 0\r\n\r\nPUB t.green.1 0\r\n\r\nPUB x.x 0\r\n\r\n");
        Assert.Equal(3, (await client.PingAsync()).Split("Permissions Violation for Publish").Length - 1);
    }

    [Fact]
    public async Task A_scoped_user_that_says_more_than_its_scope_is_refused()
    {
        var scoped = TestKey.Account();
        await using var rig = await OperatorRig.StartAsync(_ => ScopedAccount(scoped, new JsonObject { ["allow"] = new JsonArray("a") }));
        await rig.RefuseAsync(
            rig.ScopedToken(scoped, new JsonObject { ["pub"] = new JsonObject { ["allow"] = new JsonArray(">") } }),
            "scoped users require no permissions or limits set");
        await rig.RefuseAsync(rig.ScopedToken(scoped, new JsonObject { ["bearer_token"] = true }), "scoped users require no permissions or limits set");
    }

    [Fact]
    public async Task A_scope_that_allows_only_what_comes_out_invalid_allows_nothing()
    {
        var scoped = TestKey.Account();
        await using var rig = await OperatorRig.StartAsync(_ => ScopedAccount(scoped, new JsonObject { ["allow"] = new JsonArray("x.{{tag(none)}}") }));
        await using var client = await rig.ConnectAsync(rig.ScopedToken(scoped));
        await client.SendAsync("PUB anything 0\r\n\r\n");
        Assert.Contains("Permissions Violation", await client.PingAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_scope_that_denies_what_comes_out_invalid_lets_nobody_in()
    {
        var scoped = TestKey.Account();
        await using var rig = await OperatorRig.StartAsync(_ => ScopedAccount(scoped, new JsonObject { ["deny"] = new JsonArray("x.{{tag(none)}}") }));
        await rig.RefuseAsync(rig.ScopedToken(scoped), "User JWT generated invalid permissions");
    }

    [Fact]
    public async Task Only_pinned_accounts_and_the_system_account_come_in_where_there_are_such()
    {
        await using var rig = await OperatorRig.StartAsync(operators: (_, settings) => settings with { PinnedAccounts = [TestKey.Account().Public] });
        await rig.RefuseAsync(rig.UserToken(), "not listed as operator pinned account");
        await using var system = await rig.ConnectSystemAsync();
    }

    [Fact]
    public async Task A_client_without_a_token_is_the_default_one_if_there_is_such()
    {
        await using var rig = await OperatorRig.StartAsync(operators: (rig, settings) => settings with
        {
            DefaultSentinel = rig.UserToken(new JsonObject { ["bearer_token"] = true }),
        });
        await using var client = await rig.Server.ConnectQuietAsync();
        Assert.Equal(rig.A.Public, rig.Server.Server.Connections.Single().Identity.AccountName);
    }

    [Fact]
    public async Task Accounts_exchange_what_both_claim()
    {
        var exporter = TestKey.Account();
        await using var rig = await OperatorRig.StartAsync(
            fields: _ => new JsonObject
            {
                ["imports"] = new JsonArray(new JsonObject
                {
                    ["name"] = "news",
                    ["subject"] = "news.>",
                    ["account"] = exporter.Public,
                    ["local_subject"] = "world.>",
                    ["type"] = "stream",
                }),
            },
            more: rig => new Dictionary<string, string>
            {
                [exporter.Public] = rig.AccountToken(exporter, new JsonObject
                {
                    ["exports"] = new JsonArray(new JsonObject { ["subject"] = "news.>", ["type"] = "stream" }),
                }),
            });
        await using var reader = await rig.ConnectAsync(rig.UserToken());
        await reader.SendAsync("SUB world.> 1\r\n");
        await reader.PingAsync();
        await using var writer = await rig.ConnectAsync(rig.UserToken(issuer: exporter));
        await writer.SendAsync("PUB news.today 2\r\nhi\r\n");
        await writer.PingAsync();
        await reader.ExpectAsync("MSG world.today 1 2\r\nhi\r\n");
    }

    [Fact]
    public async Task A_private_export_takes_an_activation_by_its_account()
    {
        var exporter = TestKey.Account();
        JsonObject Import(string? token)
        {
            var import = new JsonObject { ["subject"] = "news.>", ["account"] = exporter.Public, ["type"] = "stream" };
            if (token is not null)
                import["token"] = token;
            return new JsonObject { ["imports"] = new JsonArray(import) };
        }

        await using var rig = await OperatorRig.StartAsync(
            fields: _ => Import(null),
            more: rig => new Dictionary<string, string>
            {
                [exporter.Public] = rig.AccountToken(exporter, new JsonObject
                {
                    ["exports"] = new JsonArray(new JsonObject { ["subject"] = "news.>", ["type"] = "stream", ["token_req"] = true }),
                }),
            });
        await using var reader = await rig.ConnectAsync(rig.UserToken());
        await reader.SendAsync("SUB news.> 1\r\n");
        await reader.PingAsync();
        await using var writer = await rig.ConnectAsync(rig.UserToken(issuer: exporter));
        await writer.SendAsync("PUB news.1 0\r\n\r\n");
        await writer.PingAsync();
        Assert.Equal("", await reader.PingAsync());

        // By somebody else, for somebody else, for other subjects: none of them will do.
        var fields = new JsonObject { ["subject"] = "news.>", ["kind"] = "stream" };
        string right = exporter.Issue("activation", rig.A.Public, fields.DeepClone().AsObject());
        foreach (string wrong in (string[])[
            TestKey.Account().Issue("activation", rig.A.Public, fields.DeepClone().AsObject()),
            exporter.Issue("activation", rig.System.Public, fields.DeepClone().AsObject()),
            exporter.Issue("activation", rig.A.Public, new JsonObject { ["subject"] = "olds.>", ["kind"] = "stream" })])
        {
            Assert.Contains("validation failed", await UpdateAsync(rig, rig.AccountToken(rig.A, Import(wrong))), StringComparison.Ordinal);
        }

        string expired = exporter.Issue(
            "activation", rig.A.Public, fields.DeepClone().AsObject(), new JsonObject { ["exp"] = rig.Time.GetUtcNow().ToUnixTimeSeconds() - 5 });
        Assert.Contains("jwt updated", await UpdateAsync(rig, rig.AccountToken(rig.A, Import(expired))), StringComparison.Ordinal);
        await writer.SendAsync("PUB news.2 0\r\n\r\n");
        await writer.PingAsync();
        Assert.Equal("", await reader.PingAsync());

        Assert.Contains("jwt updated", await UpdateAsync(rig, rig.AccountToken(rig.A, Import(right))), StringComparison.Ordinal);
        await writer.SendAsync("PUB news.3 0\r\n\r\n");
        await writer.PingAsync();
        Assert.Equal("MSG news.3 1 0\r\n\r\n", await reader.PingAsync());
    }

    [Fact]
    public async Task An_activation_ends_when_it_expires()
    {
        var exporter = TestKey.Account();
        await using var rig = await OperatorRig.StartAsync(
            fields: rig => new JsonObject
            {
                ["imports"] = new JsonArray(new JsonObject
                {
                    ["subject"] = "news.>",
                    ["account"] = exporter.Public,
                    ["type"] = "stream",
                    ["token"] = exporter.Issue(
                        "activation",
                        rig.A.Public,
                        new JsonObject { ["subject"] = "news.>", ["kind"] = "stream" },
                        new JsonObject { ["exp"] = rig.Time.GetUtcNow().ToUnixTimeSeconds() + 20 }),
                }),
            },
            more: rig => new Dictionary<string, string>
            {
                [exporter.Public] = rig.AccountToken(exporter, new JsonObject
                {
                    ["exports"] = new JsonArray(new JsonObject { ["subject"] = "news.>", ["type"] = "stream", ["token_req"] = true }),
                }),
            });
        await using var reader = await rig.ConnectAsync(rig.UserToken());
        await reader.SendAsync("SUB news.> 1\r\n");
        await reader.PingAsync();
        await using var writer = await rig.ConnectAsync(rig.UserToken(issuer: exporter));
        await writer.SendAsync("PUB news.1 0\r\n\r\n");
        await writer.PingAsync();
        Assert.Equal("MSG news.1 1 0\r\n\r\n", await reader.PingAsync());
        rig.Time.Advance(TimeSpan.FromSeconds(21));
        await writer.SendAsync("PUB news.2 0\r\n\r\n");
        await writer.PingAsync();
        Assert.Equal("", await reader.PingAsync());
    }

    [Fact]
    public async Task Settings_that_do_not_fit_together_are_refused_in_the_references_words()
    {
        await RefuseStartAsync(settings => settings with { Resolver = null }, null, "operators require an account resolver to be configured");
        await RefuseStartAsync(
            settings => settings with { TrustedKeys = [TestKey.Operator().Public] }, null, "conflicting options for 'TrustedKeys' and 'TrustedOperators'");
        await RefuseStartAsync(
            null,
            options => options with { Accounts = [new AccountSettings { Name = "X" }] },
            "operators do not allow Accounts to be configured directly");
        await RefuseStartAsync(
            null,
            options => options with { Authorization = new AuthorizationSettings { Users = [new UserSettings { Name = "a", Password = "b" }] } },
            "operators do not allow users to be configured directly");
        await RefuseStartAsync(null, options => options with { NoAuthUser = "a" }, "no_auth_user not compatible with Trusted Operator");
        await RefuseStartAsync(
            null,
            options => options with { SystemAccount = TestKey.Account().Public },
            "system_account in config and operator JWT must be identical");
        await RefuseStartAsync(
            settings => settings with { PinnedAccounts = ["x"] }, null, "pinned account key \"x\" is not a valid public account nkey");
        await RefuseStartAsync(
            settings => settings with { Preload = new Dictionary<string, string>() }, null, "error resolving system account: account missing");
        await RefuseStartAsync(settings => settings with { DefaultSentinel = "x" }, null, "default sentinel JWT not valid");
    }

    private static async Task RefuseStartAsync(
        Func<OperatorSettings, OperatorSettings>? operators, Func<NatsServerOptions, NatsServerOptions>? options, string complaint)
    {
        var e = await Assert.ThrowsAsync<NatsServerOptionsException>(
            () => OperatorRig.StartAsync(operators: (_, settings) => operators?.Invoke(settings) ?? settings, options: options));
        Assert.Equal(complaint, e.Message);
    }

    private static async Task<string> UpdateAsync(OperatorRig rig, string token)
    {
        await using var system = await rig.ConnectSystemAsync();
        return await OperatorRig.RequestAsync(system, $"$SYS.REQ.ACCOUNT.{rig.A.Public}.CLAIMS.UPDATE", token);
    }

    private static JsonObject ScopedAccount(TestKey signer, JsonObject publish)
    {
        return new JsonObject
        {
            ["signing_keys"] = new JsonArray(new JsonObject
            {
                ["kind"] = "user_scope",
                ["key"] = signer.Public,
                ["role"] = "role",
                ["template"] = new JsonObject { ["pub"] = publish, ["subs"] = -1, ["data"] = -1, ["payload"] = -1 },
            }),
        };
    }
}
