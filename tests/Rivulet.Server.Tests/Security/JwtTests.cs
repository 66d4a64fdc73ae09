using System.Buffers.Text;
using System.Text;
using System.Text.Json.Nodes;
using Rivulet.Server.Security.Tokens;

namespace Rivulet.Server.Tests.Security;

public class JwtTests
{
    private readonly TestKey _account = TestKey.Account();
    private readonly TestKey _user = TestKey.User();

    [Fact]
    public void Claims_are_read_with_defaults_for_what_they_do_not_say()
    {
        string token = _account.Issue("user", _user.Public, new JsonObject
        {
            ["pub"] = new JsonObject { ["allow"] = new JsonArray("a.>"), ["deny"] = new JsonArray("a.b") },
            ["src"] = "192.0.2.0/24,198.51.100.0/24",
            ["subs"] = 3,
            ["tags"] = null,
            ["something_new"] = new JsonArray(1, 2),
        });
        var claims = Decode<UserClaims>(token);
        Assert.Equal((_user.Public, _account.Public, _account.Public), (claims.Subject, claims.Issuer, claims.Account));
        Assert.Equal(["a.>"], claims.User.Publish.Allow);
        Assert.Equal(["192.0.2.0/24", "198.51.100.0/24"], claims.User.Sources);
        Assert.Equal((3, 0), (claims.User.Subscriptions, claims.User.Payload));
        Assert.Empty(claims.User.Tags);
        Assert.False(claims.User.IsBearer);
    }

    [Fact]
    public void Signing_keys_are_texts_or_scopes_whose_limits_are_none_where_they_are_not_said()
    {
        var signer = TestKey.Account();
        var scoped = TestKey.Account();
        string token = TestKey.Operator().Issue("account", _account.Public, new JsonObject
        {
            ["signing_keys"] = new JsonArray(
                signer.Public,
                new JsonObject
                {
                    ["kind"] = "user_scope",
                    ["key"] = scoped.Public,
                    ["role"] = "r",
                    ["template"] = new JsonObject { ["sub"] = new JsonObject { ["allow"] = new JsonArray("x.{{name()}}") }, ["payload"] = 9 },
                }),
        });
        var keys = Decode<AccountClaims>(token).Account.SigningKeys;
        Assert.Null(keys[signer.Public]);
        var template = keys[scoped.Public]!.Template;
        Assert.Equal((-1, -1, 9), (template.Subscriptions, template.Data, template.Payload));
        Assert.Equal(["x.{{name()}}"], template.Subscribe.Allow);
    }

    [Fact]
    public void A_token_that_was_tampered_with_is_refused_wherever_it_was()
    {
        string token = _account.Issue("user", _user.Public);
        for (int i = 0; i < token.Length; i += 3)
        {
            char other = token[i] == 'A' ? 'B' : 'A';
            string tampered = $"{token[..i]}{other}{token[(i + 1)..]}";
            Assert.Null(Jwt.Decode<UserClaims>(tampered, out string error));
            Assert.NotEqual("", error);
        }
    }

    [Fact]
    public void Claims_of_another_kind_are_refused()
    {
        Assert.Null(Jwt.Decode<AccountClaims>(_account.Issue("user", _user.Public), out string error));
        Assert.Equal("not account claim", error);
    }

    [Fact]
    public void A_user_cannot_be_issued_by_an_operator_nor_by_a_user()
    {
        foreach (var issuer in (TestKey[])[TestKey.Operator(), TestKey.User()])
        {
            Assert.Null(Jwt.Decode<UserClaims>(issuer.Issue("user", _user.Public), out string error));
            Assert.StartsWith("unable to validate expected prefixes", error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("""{"typ":"JWT","alg":"none"}""", "unexpected algorithm")]
    [InlineData("""{"typ":"JWT","alg":"HS256"}""", "unexpected algorithm")]
    [InlineData("""{"typ":"JWS","alg":"ed25519-nkey"}""", "not supported type")]
    [InlineData("""{"alg":"ed25519-nkey"}""", "not supported type")]
    [InlineData("[]", "token header is not an object")]
    public void A_header_of_another_kind_is_refused(string header, string complaint)
    {
        string body = _account.Issue("user", _user.Public).Split('.')[1];
        string signed = Encode(header) + "." + body;
        string token = signed + "." + Base64Url.EncodeToString(_account.Pair.Sign(Encoding.ASCII.GetBytes(signed)));
        Assert.Null(Jwt.Decode<UserClaims>(token, out string error));
        Assert.Equal(complaint, error);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("a.b")]
    [InlineData("a.b.c.d")]
    [InlineData("..")]
    [InlineData("e30.e30.")]
    [InlineData("e30.e30.e30")]
    public void What_is_no_token_is_refused(string text)
    {
        Assert.Null(Jwt.Decode<UserClaims>(text, out string error));
        Assert.NotEqual("", error);
    }

    [Fact]
    public void A_token_larger_than_a_megabyte_is_refused_unread()
    {
        Assert.Null(Jwt.Decode<UserClaims>(new string('a', 1024 * 1024 + 1), out string error));
        Assert.Contains("too large", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Old_and_future_versions_are_refused_by_name()
    {
        string body = $$$"""{"sub":"{{{_user.Public}}}","iss":"{{{_account.Public}}}","nats":{"type":"user","version":3}}""";
        Assert.Null(Jwt.Decode<UserClaims>(Sign(body), out string error));
        Assert.Equal("JWT was generated by a newer version ", error);
        body = $$$"""{"type":"user","sub":"{{{_user.Public}}}","iss":"{{{_account.Public}}}","nats":{}}""";
        Assert.Null(Jwt.Decode<UserClaims>(Sign(body), out error));
        Assert.Equal("JWT claims of version 1 are not supported", error);
    }

    [Fact]
    public void A_decorated_token_is_found()
    {
        string token = _account.Issue("user", _user.Public);
        Assert.Equal(token, Jwt.FromDecorated($"-----BEGIN NATS USER JWT-----\n{token}\n------END NATS USER JWT------\n"));
        Assert.Equal(token, Jwt.FromDecorated($" {token}\n"));
    }

    [Fact]
    public void Times_count_when_claims_are_looked_at()
    {
        var claims = Decode<UserClaims>(_account.Issue("user", _user.Public, claims: new JsonObject { ["exp"] = 1000, ["nbf"] = 900 }));
        Assert.False(ClaimsProblems.Of(claims, 1000).Any);
        Assert.Equal(["claim is expired"], ClaimsProblems.Of(claims, 1001).All);
        Assert.Equal(["claim is not yet valid"], ClaimsProblems.Of(claims, 899).All);
    }

    [Theory]
    [InlineData("192.0.2.0/24", "192.0.2.77", true)]
    [InlineData("192.0.2.9/24", "192.0.2.77", true)]
    [InlineData("192.0.2.0/24", "192.0.3.1", false)]
    [InlineData("192.0.2.0/24", "::ffff:192.0.2.1", true)]
    [InlineData("2001:db8::/33", "2001:db8:7fff::1", true)]
    [InlineData("2001:db8::/33", "2001:db8:8000::1", false)]
    [InlineData("0.0.0.0/0", "203.0.113.1", true)]
    [InlineData("192.0.2.0", "192.0.2.0", false)]
    public void Networks_hold_addresses(string network, string address, bool allowed)
    {
        Assert.Equal(allowed, SourceNetworks.Allow([network], System.Net.IPAddress.Parse(address)));
    }

    [Fact]
    public void A_client_without_an_address_is_in_no_network()
    {
        Assert.False(SourceNetworks.Allow(["0.0.0.0/0"], null));
        Assert.True(SourceNetworks.Allow([], null));
    }

    [Theory]
    [InlineData("11:00:00", "22:00:00", 13, 9)]
    [InlineData("11:00:00", "22:00:00", 10, null)]
    [InlineData("22:00:00", "06:00:00", 23, 7)]
    [InlineData("22:00:00", "06:00:00", 5, 1)]
    [InlineData("22:00:00", "06:00:00", 7, null)]
    public void Times_of_day_say_how_long_a_user_may_stay(string start, string end, int hour, int? hoursLeft)
    {
        var now = new DateTimeOffset(2030, 5, 1, hour, 0, 0, TimeSpan.Zero);
        var until = ConnectTimes.AllowedUntil([new TimeRangeClaims { Start = start, End = end }], "", now, TimeZoneInfo.Utc);
        Assert.Equal(hoursLeft, until is null ? null : (int)(until.Value - now).TotalHours);
    }

    [Fact]
    public void Times_of_day_are_those_of_their_zone()
    {
        var now = new DateTimeOffset(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);
        var range = new TimeRangeClaims { Start = "20:00:00", End = "22:00:00" };
        Assert.NotNull(ConnectTimes.AllowedUntil([range], "Asia/Tokyo", now, TimeZoneInfo.Utc));
        Assert.Null(ConnectTimes.AllowedUntil([range], "", now, TimeZoneInfo.Utc));
        Assert.Null(ConnectTimes.AllowedUntil([range], "Nowhere/AtAll", now, TimeZoneInfo.Utc));
    }

    private string Sign(string body)
    {
        string signed = Encode("""{"typ":"JWT","alg":"ed25519-nkey"}""") + "." + Encode(body);
        return signed + "." + Base64Url.EncodeToString(_account.Pair.Sign(Encoding.ASCII.GetBytes(signed)));
    }

    private static string Encode(string text)
    {
        return Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));
    }

    private static T Decode<T>(string token)
        where T : Claims
    {
        var claims = Jwt.Decode<T>(token, out string error);
        Assert.Equal("", error);
        return claims!;
    }
}
