using System.Globalization;
using System.Text;
using System.Text.Json;
using Rivulet.Client;

namespace Rivulet.Crash.Tests.Killed;

/// <summary>The few JetStream requests of the load and its checks, as they go over the wire.</summary>
internal static class JetStreamRequests
{
    /// <summary>The header that carries a write's id.</summary>
    public const string IdHeader = "Write-Id";

    private const int BatchMessages = 500;

    /// <summary>Creates a bucket's stream on disk.</summary>
    public static Task CreateBucketAsync(NatsConnection connection, string bucket, int history) => ApiAsync(
        connection,
        $"STREAM.CREATE.KV_{bucket}",
        $$"""
        {"name":"KV_{{bucket}}","subjects":["$KV.{{bucket}}.>"],"storage":"file","max_msgs_per_subject":{{history}},
        "discard":"new","allow_rollup_hdrs":true,"deny_delete":true,"allow_direct":true,"num_replicas":1}
        """);

    /// <summary>Sends a request to the JetStream API.</summary>
    /// <exception cref="InvalidOperationException">The answer is an error.</exception>
    public static async Task<JsonElement> ApiAsync(NatsConnection connection, string request, string body = "")
    {
        NatsMessage reply = await connection.RequestAsync("$JS.API." + request, Encoding.UTF8.GetBytes(body));
        JsonElement json = JsonSerializer.Deserialize<JsonElement>(reply.Payload.Span);
        return json.TryGetProperty("error", out JsonElement error)
            ? throw new InvalidOperationException($"{request}: {error}") : json;
    }

    /// <summary>Reads all that a bucket's stream holds, ascending.</summary>
    public static async Task<IReadOnlyList<StoredRevision>> ReadBucketAsync(NatsConnection connection, string bucket)
    {
        List<StoredRevision> all = [];
        ulong next = 1;
        while (true)
        {
            bool any = false;
            byte[] body = Encoding.UTF8.GetBytes($$"""{"seq":{{next}},"batch":{{BatchMessages}},"next_by_subj":"$KV.{{bucket}}.>"}""");
            await foreach (NatsMessage message in connection.RequestManyAsync($"$JS.API.DIRECT.GET.KV_{bucket}", body))
            {
                if (message.Headers!.Status != 0)
                {
                    break;      // 204 after the last of a batch, 404 if there was none
                }

                any = true;
                StoredRevision revision = Read(bucket, message);
                all.Add(revision);
                next = revision.Sequence + 1;
            }

            if (!any)
            {
                return all;
            }
        }
    }

    private static StoredRevision Read(string bucket, NatsMessage message)
    {
        NatsHeaders headers = message.Headers!;
        string key = headers["Nats-Subject"][$"$KV.{bucket}.".Length..];
        headers.TryGetValue("KV-Operation", out string? operation);
        WriteKind kind = operation switch { "PURGE" => WriteKind.Purge, "DEL" => WriteKind.Delete, _ => WriteKind.Put };
        ulong sequence = ulong.Parse(headers["Nats-Sequence"], CultureInfo.InvariantCulture);
        return new StoredRevision(
            sequence, new KeyWrite(key, kind, headers[IdHeader], Encoding.UTF8.GetString(message.Payload.Span)));
    }
}
