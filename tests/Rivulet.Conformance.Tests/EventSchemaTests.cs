using System.Text.Json;
using Rivulet.Conformance.Tests.Recording;
using Rivulet.Conformance.Tests.Schemas;
using Rivulet.Conformance.Tests.Targets;

namespace Rivulet.Conformance.Tests;

/// <summary>Every kind of event that a single server tells of, against its published schema.</summary>
public class EventSchemaTests
{
    private static readonly string[] Expected =
    [
        "advisory.v1.api_audit", "advisory.v1.consumer_action", "advisory.v1.consumer_group_pinned",
        "advisory.v1.consumer_group_unpinned", "advisory.v1.consumer_pause", "advisory.v1.max_deliver", "advisory.v1.nak",
        "advisory.v1.restore_complete", "advisory.v1.restore_create", "advisory.v1.snapshot_complete", "advisory.v1.snapshot_create",
        "advisory.v1.stream_action", "advisory.v1.terminated", "metric.v1.consumer_ack",
    ];

    public static IEnumerable<TheoryDataRow<string>> Servers =>
        ConformanceTarget.Names.Where(name => name != "rivulet in process").Select(name => new TheoryDataRow<string>(name));

    [Theory]
    [MemberData(nameof(Servers))]
    public async Task Every_kind_of_event_matches_its_schema(string name)
    {
        await using ConformanceTarget server = await ConformanceTarget.StartAsync(name, ServerSettings.Parse("jetstream, server_name R"));
        await using EventListener listener = await EventListener.ConnectAsync(server);
        await using Requester requester = await Requester.ConnectAsync(server);
        
        // The reference server takes its time before it sends a backup.
        await CauseAsync(requester, backup: TimeSpan.FromSeconds(name == "reference" ? 4 : 0.2));
        List<(string Subject, string Payload)> events = await listener.TakeAsync();

        string[] violations = [.. events.SelectMany(each => SchemaTests.EventViolations(each.Payload)
            .Where(one => !SchemaExceptions.OfEvents.Allow(one)).Select(one => $"{each.Payload}\n  {one}"))];
        Assert.True(violations.Length == 0, string.Join('\n', violations));
        Assert.Empty(SchemaExceptions.OfEvents.Unused);
        Assert.Equal(
            Expected, events.Select(each => SchemaTests.TypeOf(each.Payload)!["io.nats.jetstream.".Length..]).Distinct().Order(StringComparer.Ordinal));
    }

    private static async Task CauseAsync(Requester requester, TimeSpan backup)
    {
        await TakenAsync(requester, """do STREAM.CREATE.S {"name":"S","subjects":["s.>"]}""");
        for (int i = 0; i < 5; i++)
            await TakenAsync(requester, $"pub s.{i} x");
        await TakenAsync(requester, Consumer("C", "\"sample_freq\":\"100\",\"max_deliver\":2,\"ack_wait\":200000000"));
        foreach (string word in (string[])["+TERM because", "+ACK", "-NAK"])
        {
            await requester.AskAsync("""api CONSUMER.MSG.NEXT.S.C {"batch":1,"expires":3000000000}""");
            await requester.AskAsync($"pub {requester.AckSubject} {word}");
        }

        // The last one comes again, and then no more.
        await requester.AskAsync("""all CONSUMER.MSG.NEXT.S.C {"batch":10,"expires":1500000000}""");
        await requester.AskAsync("""api CONSUMER.MSG.NEXT.S.C {"batch":10,"expires":1000000000}""");
        await Task.Delay(TimeSpan.FromSeconds(1.2));
        await TakenAsync(requester, """api CONSUMER.PAUSE.S.C {"pause_until":"2100-01-01T00:00:00Z"}""");
        await TakenAsync(requester, Consumer("P", "\"priority_policy\":\"pinned_client\",\"priority_groups\":[\"g\"]"));
        await requester.AskAsync("""api CONSUMER.MSG.NEXT.S.P {"batch":1,"group":"g","expires":3000000000}""");
        await TakenAsync(requester, """api CONSUMER.UNPIN.S.P {"group":"g"}""");
        await TakenAsync(requester, """api STREAM.SNAPSHOT.S {"deliver_subject":"_R.snapshot","no_consumers":true,"jsck":false}""");
        await Task.Delay(backup);
        await requester.AskAsync("api INFO");
        await requester.TellAsync(requester.AckSubject);

        // A restore that ends before it has begun is an event as well.
        string config = """{"name":"T","subjects":["t.>"],"retention":"limits","storage":"file","num_replicas":1,"max_consumers":-1,"max_msgs":-1,"max_bytes":-1,"max_age":0}""";
        string state = """{"messages":1,"bytes":1,"first_seq":1,"first_ts":"2024-01-01T00:00:00Z","last_seq":1,"last_ts":"2024-01-01T00:00:00Z","consumer_count":0}""";
        await TakenAsync(requester, $$"""api STREAM.RESTORE.T {"config":{{config}},"state":{{state}}}""");
        string deliverTo = JsonDocument.Parse(requester.Heard[0].Payload).RootElement.GetProperty("deliver_subject").GetString()!;
        await requester.AskAsync($"pub {deliverTo}");
        await Task.Delay(TimeSpan.FromMilliseconds(300));
    }

    private static string Consumer(string name, string more) => $$$"""
        api CONSUMER.CREATE.S.{{{name}}} {"stream_name":"S","config":{"name":"{{{name}}}","durable_name":"{{{name}}}","ack_policy":"explicit",{{{more}}} } }
        """;

    private static async Task TakenAsync(Requester requester, string request)
    {
        await requester.AskAsync(request);
        Assert.NotEmpty(requester.Heard);
        Assert.DoesNotContain("\"error\"", requester.Heard[0].Payload, StringComparison.Ordinal);
    }
}
