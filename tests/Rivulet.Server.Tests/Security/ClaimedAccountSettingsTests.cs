using System.Text.Json.Nodes;
using Rivulet.JetStream.Hosting;
using Rivulet.Server.Security;
using Rivulet.Server.Security.Operators;
using Rivulet.Server.Security.Tokens;

namespace Rivulet.Server.Tests.Security;

/// <summary>What claims of an account say as settings.</summary>
public class ClaimedAccountSettingsTests
{
    private static readonly TestKey Account = TestKey.Account();

    [Fact]
    public void Limits_are_those_of_the_claims_and_what_is_not_said_is_nothing()
    {
        var settings = Of(new JsonObject
        {
            ["limits"] = new JsonObject { ["conn"] = 5, ["subs"] = -1, ["payload"] = 1024, ["disk_storage"] = 100, ["streams"] = 2, ["consumer"] = -1 },
        });
        Assert.Equal(
            new AccountConnectionLimits { MaxConnections = 5, MaxSubscriptions = -1, MaxPayload = 1024, MaxLeafNodes = 0 }, settings.Limits);
        Assert.Equal(new AccountLimits { MaxMemoryBytes = 0, MaxStoreBytes = 100, MaxStreams = 2, MaxConsumers = -1 }, settings.JetStream);
        Assert.Null(Of(new JsonObject { ["limits"] = new JsonObject { ["streams"] = 5 } }).JetStream);
    }

    [Fact]
    public void Of_tiers_that_for_one_replica_counts()
    {
        var tier = new JsonObject { ["disk_storage"] = 7, ["streams"] = 3, ["consumer"] = 4, ["max_ack_pending"] = 9, ["disk_max_stream_bytes"] = 5, ["max_bytes_required"] = true };
        var settings = Of(new JsonObject { ["limits"] = new JsonObject { ["tiered_limits"] = new JsonObject { ["R1"] = tier, ["R3"] = new JsonObject { ["disk_storage"] = 99 } } } });
        var own = new AccountLimits
        {
            MaxMemoryBytes = 0,
            MaxStoreBytes = 7,
            MaxStreams = 3,
            MaxConsumers = 4,
            MaxAckPending = 9,
            StoreMaxStreamBytes = 5,
            MaxBytesRequired = true,
        };
        Assert.Equal(own, settings.JetStream! with { Tiers = null });
        Assert.Equal(own, settings.JetStream!.Tiers!["R1"]);
        Assert.Equal(99, settings.JetStream.Tiers["R3"].MaxStoreBytes);
    }

    [Fact]
    public void Without_a_tier_for_one_replica_there_is_JetStream_and_no_room()
    {
        var settings = Of(new JsonObject { ["limits"] = new JsonObject { ["tiered_limits"] = new JsonObject { ["R3"] = new JsonObject { ["disk_storage"] = 99 } } } });
        Assert.Equal(0, settings.JetStream!.MaxStoreBytes);
        Assert.False(settings.JetStream.HasTierOf(1));
        Assert.True(settings.JetStream.HasTierOf(3));
        Assert.Null(Of(new JsonObject { ["limits"] = new JsonObject { ["tiered_limits"] = new JsonObject { ["R1"] = new JsonObject { ["streams"] = 9 } } } }).JetStream);
    }

    [Fact]
    public void Exports_with_tokens_are_for_nobody_in_particular()
    {
        var settings = Of(new JsonObject
        {
            ["exports"] = new JsonArray(
                new JsonObject { ["subject"] = "open", ["type"] = "stream" },
                new JsonObject { ["subject"] = "closed", ["type"] = "stream", ["token_req"] = true },
                new JsonObject { ["subject"] = "ask.*", ["type"] = "service", ["response_type"] = "Chunked", ["response_threshold"] = 5_000_000_000, ["account_token_position"] = 2 }),
        });
        Assert.Equal([new StreamExport { Subject = "open" }, new StreamExport { Subject = "closed", Accounts = [] }], settings.StreamExports);
        Assert.Equal(
            [
                new ServiceExport
                {
                    Subject = "ask.*",
                    ResponseType = ServiceResponseType.Chunked,
                    ResponseThreshold = TimeSpan.FromSeconds(5),
                    AccountTokenPosition = 2,
                },
            ],
            settings.ServiceExports);
    }

    [Fact]
    public void Imports_have_local_subjects_or_what_old_tokens_had()
    {
        Assert.Equal(
            new StreamImport { Account = "X", Subject = "a.*", To = "b.$1" },
            ClaimedAccountSettings.StreamOf(new ImportClaims { Account = "X", Subject = "a.*", LocalSubject = "b.$1", Type = "stream" }, false));
        Assert.Equal(
            new StreamImport { Account = "X", Subject = "a", Prefix = "p", IsActivated = true },
            ClaimedAccountSettings.StreamOf(new ImportClaims { Account = "X", Subject = "a", To = "p", Type = "stream" }, true));
        Assert.Equal(
            new ServiceImport { Account = "X", Subject = "there", To = "here" },
            ClaimedAccountSettings.ServiceOf(new ImportClaims { Account = "X", Subject = "there", LocalSubject = "here", Type = "service" }, false));
        Assert.Equal(
            new ServiceImport { Account = "X", Subject = "there", To = "here", Share = true },
            ClaimedAccountSettings.ServiceOf(new ImportClaims { Account = "X", Subject = "here", To = "there", Share = true, Type = "service" }, false));
        Assert.Equal(
            new ServiceImport { Account = "X", Subject = "same" },
            ClaimedAccountSettings.ServiceOf(new ImportClaims { Account = "X", Subject = "same", Type = "service" }, false));
    }

    [Fact]
    public void Mappings_that_are_not_valid_or_for_some_cluster_are_left_out()
    {
        var settings = Of(new JsonObject
        {
            ["mappings"] = new JsonObject
            {
                ["a"] = new JsonArray(new JsonObject { ["subject"] = "b", ["weight"] = 40 }, new JsonObject { ["subject"] = "c", ["cluster"] = "east" }),
                ["d"] = new JsonArray(new JsonObject { ["subject"] = "e", ["cluster"] = "east" }),
                ["f.*"] = new JsonArray(new JsonObject { ["subject"] = "g.$9" }),
            },
        });
        Assert.Equal([new SubjectMapping { Source = "a", Destinations = [new MappingDestination("b", 40)] }], settings.Mappings);
    }

    private static AccountSettings Of(JsonObject fields)
    {
        string token = TestKey.Operator().Issue("account", Account.Public, fields);
        return ClaimedAccountSettings.Of(Jwt.Decode<AccountClaims>(token, out _)!);
    }
}
