using System.Globalization;
using System.Text;
using Rivulet.TestKit.Processes;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Program;

/// <summary>The server program on a store with damage: a warning with the place, the rest is served, clients are told.</summary>
public sealed class DamagedStoreTests
{
    private const string Config = /*lang=json*/ "{\"name\":\"S\",\"subjects\":[\"s.>\"],\"allow_direct\":true}";

    [Fact]
    public async Task Damage_that_a_start_finds_is_told_by_place_and_costs_one_message()
    {
        await using var server = await ServerProcess.StartAsync();
        await FillAsync(server);
        await server.StopAsync();
        long offset = StoreFiles.FlipBitOf(server, "value number 2");
        await server.StartAgainAsync();

        string warning = Assert.Single(server.Log, line => line.Contains("[WRN]", StringComparison.Ordinal));
        Assert.Matches(@"Message 2 of stream \$G/S is damaged and lost: 0000000001\.log at offset \d+$", warning);
        Assert.InRange(offset - long.Parse(warning[(warning.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture), 17, 64);

        await using var client = await RawClient.ConnectAsync(server.Port);
        await client.SayConnectAsync();
        string info = await RequestAsync(client, "$JS.API.STREAM.INFO.S", "");
        Assert.Contains("\"messages\":2", info, StringComparison.Ordinal);
        Assert.Contains("\"num_deleted\":1,\"lost\":{\"msgs\":[2],\"bytes\":47}", info, StringComparison.Ordinal);
        Assert.EndsWith("value number 3", await RequestAsync(client, "$JS.API.DIRECT.GET.S", "{\"seq\":3}"), StringComparison.Ordinal);
        Assert.Contains("404", await RequestAsync(client, "$JS.API.DIRECT.GET.S", "{\"seq\":2}"), StringComparison.Ordinal);
        Assert.Equal("{\"stream\":\"S\",\"seq\":4}", await RequestAsync(client, "s.a", "more"));
    }

    [Fact]
    public async Task Damage_that_a_read_finds_is_told_by_place_and_once()
    {
        await using var server = await ServerProcess.StartAsync();
        await FillAsync(server);
        StoreFiles.FlipBitOf(server, "value number 2");
        await using var client = await RawClient.ConnectAsync(server.Port);
        await client.SayConnectAsync();

        // What was stored last is not read from the file; this much more, and it is.
        for (int i = 0; i < 50; i++)
            Assert.Contains("\"seq\"", await RequestAsync(client, "s.more", new string('x', 100_000)), StringComparison.Ordinal);
        for (int i = 0; i < 3; i++)
        {
            string answer = await RequestAsync(client, "$JS.API.DIRECT.GET.S", "{\"seq\":2}");
            Assert.DoesNotContain("value", answer, StringComparison.Ordinal);
        }
        Assert.EndsWith("value number 1", await RequestAsync(client, "$JS.API.DIRECT.GET.S", "{\"seq\":1}"), StringComparison.Ordinal);
        Assert.Contains(
            "\"lost\":{\"msgs\":[2],\"bytes\":47}", await RequestAsync(client, "$JS.API.STREAM.INFO.S", ""), StringComparison.Ordinal);

        // The line comes by another way than the answers.
        for (int i = 0; i < 250 && !server.Log.Any(line => line.Contains("[WRN]", StringComparison.Ordinal)); i++)
            await Task.Delay(20, TestContext.Current.CancellationToken);
        string warning = Assert.Single(server.Log, line => line.Contains("[WRN]", StringComparison.Ordinal));
        Assert.Matches(@"Message 2 of stream \$G/S is damaged: 0000000001\.log at offset \d+$", warning);
    }

    private static async Task FillAsync(ServerProcess server)
    {
        await using var client = await RawClient.ConnectAsync(server.Port);
        await client.SayConnectAsync();
        Assert.Contains("\"did_create\":true", await RequestAsync(client, "$JS.API.STREAM.CREATE.S", Config), StringComparison.Ordinal);
        for (int i = 1; i <= 3; i++)
            Assert.Equal($"{{\"stream\":\"S\",\"seq\":{i}}}", await RequestAsync(client, "s.a", $"value number {i}"));
    }

    private static async Task<string> RequestAsync(RawClient client, string subject, string payload)
    {
        string inbox = $"inbox.{Guid.NewGuid():n}";
        await client.SendAsync(
            $"SUB {inbox} {inbox}\r\nUNSUB {inbox} 1\r\nPUB {subject} {inbox} {Encoding.UTF8.GetByteCount(payload)}\r\n{payload}\r\n");
        string line = await client.ReadLineAsync();
        string answer = await client.ReadAsync(int.Parse(line[line.LastIndexOf(' ')..], CultureInfo.InvariantCulture));
        await client.ExpectAsync("\r\n");
        return answer;
    }
}
