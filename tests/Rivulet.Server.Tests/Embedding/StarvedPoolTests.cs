using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Embedding;

/// <summary>
/// The server goes on when the process that it is embedded in has blocked all threads of its thread pool, as far as the
/// runtime lets it.
/// </summary>
public class StarvedPoolTests
{
    private const string CreateBucket =
        """{"name":"KV_b","subjects":["$KV.b.>"],"max_msgs_per_subject":1,"allow_direct":true,"allow_rollup_hdrs":true}""";

    private const string CreateWatch =
        """
        {"stream_name":"KV_b","config":{"name":"W","deliver_subject":"watch","filter_subject":"$KV.b.>",
        "deliver_policy":"last_per_subject","ack_policy":"none","max_deliver":1,"mem_storage":true,"num_replicas":1,
        "flow_control":true,"idle_heartbeat":5000000000}}
        """;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Every_operation_is_answered(bool inlineCompletions)
    {
        Assert.SkipWhen(
            !inlineCompletions && OperatingSystem.IsWindows(),
            "There the runtime hands what is received to the thread pool, whatever it is asked for.");
        using var host = await StarvedHost.StartAsync(inlineCompletions);
        await using var client = await host.ConnectAsync(Limit);
        await using var watcher = await host.ConnectAsync(Limit);

        // Core messages, to the connection itself and to another one.
        await watcher.SendAsync("SUB core 1\r\n");
        await watcher.PingAsync();
        await client.SendAsync("SUB core 2\r\nPUB core 2\r\nhi\r\n");
        await client.ExpectAsync("MSG core 2 2\r\nhi\r\n");
        await watcher.ExpectAsync("MSG core 1 2\r\nhi\r\n");
        await client.SendAsync("UNSUB 2\r\n");

        // A bucket, a put with its acknowledgement, a direct get, and the barrier behind a put.
        Assert.Contains("\"did_create\":true", await RequestAsync(client, "$JS.API.STREAM.CREATE.KV_b", CreateBucket), StringComparison.Ordinal);
        Assert.Equal("""{"stream":"KV_b","seq":1}""", await RequestAsync(client, "$KV.b.k", "one"));
        Assert.EndsWith("\r\n\r\none", await RequestAsync(client, "$JS.API.DIRECT.GET.KV_b.$KV.b.k", ""), StringComparison.Ordinal);
        await client.SendAsync("PUB $KV.b.k 3\r\ntwo\r\n");
        await client.PingAsync();
        Assert.EndsWith("\r\n\r\ntwo", await RequestAsync(client, "$JS.API.DIRECT.GET.KV_b.$KV.b.k", ""), StringComparison.Ordinal);

        // A watch: what is there, then what comes.
        await watcher.SendAsync("SUB watch 3\r\n");
        string watch = await RequestAsync(watcher, "$JS.API.CONSUMER.CREATE.KV_b.W", CreateWatch.ReplaceLineEndings(" "), "two");
        Assert.Contains("\"name\":\"W\"", watch, StringComparison.Ordinal);
        await client.SendAsync("PUB $KV.b.k 5\r\nthree\r\n");
        await watcher.ReadUntilAsync("\r\nthree\r\n");
        await host.EndAsync();
    }

    /// <summary>Publishes a request and returns its answer.</summary>
    /// <param name="client">Who asks.</param>
    /// <param name="subject">Where to.</param>
    /// <param name="payload">What for.</param>
    /// <param name="also">The payload of a message that is to come as well, before the answer or after it.</param>
    private static async Task<string> RequestAsync(RawClient client, string subject, string payload, string? also = null)
    {
        await client.SendAsync($"SUB _R r\r\nUNSUB r 1\r\nPUB {subject} _R {payload.Length}\r\n{payload}\r\n");
        string? answer = null;
        while (answer is null || also is not null)
        {
            string line = await client.ReadLineAsync();
            string body = await client.ReadAsync(int.Parse(line[line.LastIndexOf(' ')..]));
            await client.ExpectAsync("\r\n");
            if (line.Contains(" _R r ", StringComparison.Ordinal))
                answer = body;
            else if (body == also)
                also = null;
        }

        return answer;
    }
}
