using System.Globalization;
using System.Text;
using Rivulet.Protocol;
using Rivulet.Server.Logging;
using Rivulet.Server.Security.Keys;
using Rivulet.Server.Security.Passwords;
using Rivulet.Server.Security.Tokens;

namespace Rivulet.Fuzz.Tests;

/// <summary>Keys, tokens, hashes and boxes, spoiled: what comes from anybody ends in a refusal, never in an exception.</summary>
public class SecurityFuzz
{
    private static readonly NKeyPair Account = NKeyPair.FromSeed(NKeyKind.Account, Filled(7));
    private static readonly NKeyPair Operator = NKeyPair.FromSeed(NKeyKind.Operator, Filled(8));

    [Theory]
    [InlineData(FuzzLength.Short)]
    [InlineData(FuzzLength.Campaign, Explicit = true)]
    public void A_key_decodes_if_it_is_as_it_is_written_and_else_not_at_all(FuzzLength length)
    {
        var mutator = new Mutator(
            Bytes(Account.PublicKey, Operator.PublicKey, NKeySeed.Encode(NKeyKind.User, Filled(9))),
            Bytes("A", "O", "S", "U", "X", "0", "1", "=", "a", "\0", "AAAAAAAA"));
        byte[] key = new byte[NKey.KeyLength];
        FuzzLoop.Run(length, "nkeys", mutator.Next, (input, _) =>
        {
            string text = Encoding.Latin1.GetString(input);
            if (NKey.TryDecode(text, out var kind, key))
                Assert.Equal(text, NKey.Encode(kind, key));
            if (NKeySeed.TryDecode(text, out kind, key))
                Assert.Equal(text, NKeySeed.Encode(kind, key));
        });
    }

    [Theory]
    [InlineData(FuzzLength.Short)]
    [InlineData(FuzzLength.Campaign, Explicit = true)]
    public void A_token_that_was_touched_is_refused(FuzzLength length)
    {
        string user = Sign("""{"sub":"x","iss":"ACC","nats":{"type":"user","version":2,"pub":{"allow":["a"]}}}""");
        var mutator = new Mutator(Bytes(user, "eyJ.e30.e30", "..", ""), Bytes(".", "e30", "=", "-", "_", "\n", "eyJ0eXAiOiJKV1QifQ"));
        FuzzLoop.Run(length, "tokens", mutator.Next, (input, _) =>
        {
            string text = Encoding.Latin1.GetString(input);
            if (Jwt.Decode<UserClaims>(text, out string error) is null)
                Assert.NotEqual("", error);
            else
                Assert.Equal(user, text);
        });
    }

    [Theory]
    [InlineData(FuzzLength.Short)]
    [InlineData(FuzzLength.Campaign, Explicit = true)]
    public void Claims_that_are_signed_are_read_or_refused_whatever_they_say(FuzzLength length)
    {
        var mutator = new Mutator(
            Bytes(
                """{"sub":"x","iss":"ACC","exp":5,"nats":{"type":"user","version":2,"pub":{"allow":["a.{{tag(x)}}"]},"src":"10.0.0.0/8","times":[{"start":"01:02:03","end":"04:05:06"}],"resp":{"max":1,"ttl":2}}}""",
                """{"iss":"ACC","nats":{"type":"account","version":2,"imports":[{"subject":"a.*","local_subject":"b.$1","account":"A","type":"stream","token":"t"}],"exports":[{"subject":"s.*","type":"service","account_token_position":2,"service_latency":{"sampling":"headers","results":"r"}}]}}""",
                """{"iss":"ACC","nats":{"type":"account","version":2,"limits":{"subs":-1,"tiered_limits":{"R1":{"disk_storage":1}}},"signing_keys":["K",{"kind":"user_scope","key":"K","template":{"subs":1}}],"revocations":{"*":1},"mappings":{"a":[{"subject":"b","weight":50}]},"authorization":{"auth_users":["U"]}}}""",
                """{"sub":"x","iss":"ACC","nats":{"type":"operator","version":2,"assert_server_version":"2.10.0"}}""",
                """{"type":"user","issuer_account":"A","tags":["t"],"sub":"x","iss":"ACC","nats":{"pub":{},"subs":1,"payload":2}}""",
                """{"type":"account","sub":"x","iss":"ACC","nats":{"limits":{"subs":-1},"signing_keys":["K"],"imports":[{"subject":"a","to":"b"}]}}"""),
            Bytes("null", "[]", "{}", "\"\"", "-1", "1e999", "\\ud800", "\"type\":\"user\"", ",", ":", "99999999999999999999", "true", "\"$9\"", "[null]"));
        FuzzLoop.Run(length, "claims", mutator.Next, (input, random) =>
        {
            string token = Sign(Encoding.UTF8.GetString(input));
            Examine(Jwt.Decode<UserClaims>(token, out _));
            Examine(Jwt.Decode<AccountClaims>(token, out _));
            Examine(Jwt.Decode<OperatorClaims>(token, out _));
            Examine(Jwt.Decode<ActivationClaims>(token, out _));
            Examine(Jwt.Decode<AuthorizationResponseClaims>(token, out _));
            Examine(Jwt.Decode<GenericClaims>(token, out _));
        });
    }

    [Theory]
    [InlineData(FuzzLength.Short)]
    [InlineData(FuzzLength.Campaign, Explicit = true)]
    public void A_box_that_was_touched_does_not_open(FuzzLength length)
    {
        byte[] key = Filled(3);
        byte[] box = SealedBox.Seal("message"u8, key);
        var mutator = new Mutator([box], Bytes("xkv1", "\0", "xkv2", "message"));
        FuzzLoop.Run(length, "sealed boxes", mutator.Next, (input, _) =>
        {
            if (SealedBox.TryOpen(input, key) is not null)
                Assert.Equal(box, input.ToArray());
        });
    }

    [Theory]
    [InlineData(FuzzLength.Short)]
    [InlineData(FuzzLength.Campaign, Explicit = true)]
    public void A_traced_CONNECT_shows_no_value_of_a_secret(FuzzLength length)
    {
        var mutator = new Mutator(
            Bytes("""{"user":"a","pass":"hush","auth_token":"hush","sig":"hush","jwt":"hush","nkey":"hush","name":"n"}"""),
            Bytes("\"", "\\", "{", "}", ":", ",", "\\u0070", "PASS", " ", "[", "]", "password"));
        FuzzLoop.Run(length, "traced CONNECTs", mutator.Next, (input, _) =>
        {
            string text = ConnectRedaction.Of(input);

            // A value may have moved under a key that is no secret; it is one only where CONNECT takes it for one.
            if (ConnectOptions.Default.TryMerge(input) is not { } options)
                return;
            foreach (string? secret in (string?[])[options.Password, options.AuthToken, options.Signature, options.Jwt])
            {
                if (secret == "hush" && Count(Encoding.UTF8.GetString(input), "hush") == 5)
                    Assert.True(Count(text, "hush") < 5, text);
            }
        });
    }

    [Theory]
    [InlineData(FuzzLength.Short)]
    public void A_hash_that_was_touched_lets_nobody_in(FuzzLength length)
    {
        // The password is a, the cost the least there is, so that it does not take long.
        var mutator = new Mutator(Bytes("$2a$04$short", "$2b$04$", "$2y$99$xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"), Bytes("$", "2a", "~", ".", "/"));
        FuzzLoop.Run(length, "password hashes", mutator.Next, (input, _) =>
        {
            string hash = Encoding.Latin1.GetString(input);

            // One more in the cost is twice the time: a hash that says 29 is compared with for hours, as it asks for.
            if (PasswordHash.IsBcrypt(hash) && int.Parse(hash.AsSpan(4, 2), CultureInfo.InvariantCulture) is < 8 or > 31)
                Assert.False(PasswordHash.Matches(hash, "a"));
        });
    }

    private static void Examine(Claims? claims)
    {
        if (claims is null)
            return;
        var problems = ClaimsProblems.Of(claims, 1000);
        foreach (string problem in problems.All)
            Assert.NotEmpty(problem);
    }

    private static int Count(string text, string part)
    {
        return text.Split(part).Length - 1;
    }

    private static string Sign(string json)
    {
        string body = json.Replace("\"ACC\"", $"\"{Account.PublicKey}\"", StringComparison.Ordinal);
        string content = Encode("""{"typ":"JWT","alg":"ed25519-nkey"}""") + "." + Encode(body);
        return content + "." + System.Buffers.Text.Base64Url.EncodeToString(Account.Sign(Encoding.ASCII.GetBytes(content)));
    }

    private static string Encode(string text)
    {
        return System.Buffers.Text.Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));
    }

    private static byte[] Filled(byte value)
    {
        byte[] bytes = new byte[32];
        Array.Fill(bytes, value);
        return bytes;
    }

    private static byte[][] Bytes(params string[] texts) => [.. texts.Select(Encoding.UTF8.GetBytes)];
}
