using System.Text.Json;
using System.Text.Json.Nodes;
using Rivulet.Client.JetStream;
using Rivulet.Client.KeyValue;
using Rivulet.Client.Tests.Servers;
using Rivulet.Protocol;

namespace Rivulet.Client.Tests.KeyValue;

/// <summary>What buckets put on the wire, which other clients rely on: configurations, subjects, headers.</summary>
public sealed class WireFormTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void A_bucket_s_stream_has_the_fields_that_official_clients_send()
    {
        StreamConfig config = KeyValueStreams.ToStreamConfig(
            new KeyValueConfig("B") { History = 3, LimitMarkerTtl = TimeSpan.FromSeconds(5) });
        JsonNode? json = JsonNode.Parse(JsonSerializer.Serialize(config, JetStreamJsonContext.Default.StreamConfig));
        JsonNode? expected = JsonNode.Parse(
            """
            {"name":"KV_B","subjects":["$KV.B.>"],"retention":"limits","max_consumers":-1,"max_msgs":-1,"max_bytes":-1,
            "discard":"new","max_age":0,"max_msgs_per_subject":3,"max_msg_size":-1,"storage":"file","num_replicas":1,
            "duplicate_window":120000000000,"deny_delete":true,"allow_rollup_hdrs":true,"compression":"none",
            "allow_direct":true,"mirror_direct":false,"allow_msg_ttl":true,"subject_delete_marker_ttl":5000000000}
            """);

        Assert.True(JsonNode.DeepEquals(expected, json), $"{json}");
    }

    [Fact]
    public void A_mirror_has_no_subjects_and_answers_for_its_origin()
    {
        StreamConfig config = KeyValueStreams.ToStreamConfig(
            new KeyValueConfig("M") { Mirror = new StreamSource { Name = "O" } });

        Assert.Null(config.Subjects);
        Assert.Equal(("KV_O", true), (config.Mirror!.Name, config.MirrorDirect));
    }

    [Fact]
    public void Sources_become_keys_of_the_bucket_unless_they_say_otherwise()
    {
        StreamSource raw = new() { Name = "ANY", SubjectTransforms = [new SubjectTransform { Source = "a.*", Destination = "$KV.B.$1" }] };
        StreamConfig config = KeyValueStreams.ToStreamConfig(
            new KeyValueConfig("B") { Sources = [new StreamSource { Name = "O" }, raw] });

        Assert.Equal("KV_O", config.Sources![0].Name);
        Assert.Equal(
            new SubjectTransform { Source = "$KV.O.>", Destination = "$KV.B.>" },
            Assert.Single(config.Sources[0].SubjectTransforms!));
        Assert.Same(raw, config.Sources[1]);
    }

    [Theory]
    [InlineData(null, null, "$KV.M.", "$KV.M.")]
    [InlineData("KV_O", null, "$KV.O.", "$KV.O.")]
    [InlineData("KV_O", "$JS.hub.API", "$JS.hub.API.$KV.O.", "$KV.O.")]
    public void Prefixes_of_writes_and_reads_follow_the_mirror(string? origin, string? external, string write, string read)
    {
        StreamConfig config = new("KV_M")
        {
            Mirror = origin is null ? null : new StreamSource
            {
                Name = origin,
                External = external is null ? null : new ExternalStream { ApiPrefix = external },
            },
        };

        KeyValueSubjects subjects = KeyValueSubjects.For("M", config, "$JS.API");

        Assert.Equal(write, System.Text.Encoding.UTF8.GetString(subjects.WritePrefix));
        Assert.Equal(read, subjects.ReadPrefixText);
    }

    [Fact]
    public void Behind_another_api_prefix_writes_go_through_it()
    {
        KeyValueSubjects subjects = KeyValueSubjects.For("B", new StreamConfig("KV_B"), "$JS.hub.API");

        Assert.Equal("$JS.hub.API.$KV.B.", System.Text.Encoding.UTF8.GetString(subjects.WritePrefix));
        Assert.Equal("$KV.B.", subjects.ReadPrefixText);
        Assert.Equal("$JS.hub.API.DIRECT.GET.KV_B.$KV.B.", System.Text.Encoding.UTF8.GetString(subjects.DirectGetPrefix));
    }

    [Theory]
    [InlineData(KeyValueOperation.Put, null, null, "")]
    [InlineData(KeyValueOperation.Put, 0ul, "5s", "NATS/1.0\r\nNats-TTL: 5s\r\nNats-Expected-Last-Subject-Sequence: 0\r\n\r\n")]
    [InlineData(KeyValueOperation.Put, 7ul, null, "NATS/1.0\r\nNats-Expected-Last-Subject-Sequence: 7\r\n\r\n")]
    [InlineData(KeyValueOperation.Delete, null, null, "NATS/1.0\r\nKV-Operation: DEL\r\n\r\n")]
    [InlineData(KeyValueOperation.Purge, null, "1s", "NATS/1.0\r\nKV-Operation: PURGE\r\nNats-Rollup: sub\r\nNats-TTL: 1s\r\n\r\n")]
    public void Changes_carry_their_headers(KeyValueOperation operation, ulong? expected, string? timeToLive, string block)
    {
        HeaderBlockBuilder builder = new(new byte[256]);
        ReadOnlySpan<byte> written = KeyValueHeaders.Write(
            ref builder, operation, expected, timeToLive is null ? default : System.Text.Encoding.UTF8.GetBytes(timeToLive));

        Assert.Equal(block, System.Text.Encoding.UTF8.GetString(written));
        builder.Dispose();
    }

    [Theory]
    [InlineData("Nats-Marker-Reason: MaxAge", KeyValueOperation.Purge)]
    [InlineData("Nats-Marker-Reason: Purge", KeyValueOperation.Purge)]
    [InlineData("Nats-Marker-Reason: Remove", KeyValueOperation.Delete)]
    [InlineData("KV-Operation: DEL", KeyValueOperation.Delete)]
    [InlineData("KV-Operation: PURGE", KeyValueOperation.Purge)]
    [InlineData("KV-Operation: SOMETHING", KeyValueOperation.Put)]
    [InlineData("Other: x", KeyValueOperation.Put)]
    public async Task The_operation_is_read_from_headers(string header, KeyValueOperation operation)
    {
        await using ScriptedServer server = new();
        (NatsConnection client, ScriptedConnection peer) = await server.ConnectAsync();
        await using (client)
        {
            NatsSubscription subscription = client.SubscribeAsync("a", cancellationToken: Token);
            string block = $"NATS/1.0\r\n{header}\r\n\r\n";
            await peer.SendAsync($"HMSG a 1 {block.Length} {block.Length}\r\n{block}\r\n");
            NatsMessage message = (await subscription.ReadAsync(Token))!;

            Assert.Equal(operation, KeyValueHeaders.ReadOperation(message));
            Assert.Equal(operation, KeyValueHeaders.ReadOperation(message.Headers));
        }
    }
}
