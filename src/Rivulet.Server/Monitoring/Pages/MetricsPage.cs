using System.Text;
using Rivulet.JetStream;
using Rivulet.JetStream.Streams;
using Rivulet.Server.Hosting;
using Rivulet.Server.Monitoring.Http;

namespace Rivulet.Server.Monitoring.Pages;

/// <summary><c>/metrics</c>: figures in the text format of Prometheus, streams and Key-Value buckets among them.</summary>
/// <param name="server">The server.</param>
internal sealed class MetricsPage(MonitoredServer server)
{
    private const string BucketPrefix = "KV_";

    /// <summary>Answers.</summary>
    public HttpReply Reply(HttpQuery query)
    {
        var text = new MetricsText();
        WriteProcess(text);
        WriteConnections(text);
        if (server.JetStream is { } engine)
        {
            WriteJetStream(text, engine);
            List<JetStreamStream> streams = JetStreamFigures.Streams(engine);
            streams.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
            WriteStreams(text, streams);
            WriteBuckets(text, streams.FindAll(stream => stream.Name.StartsWith(BucketPrefix, StringComparison.Ordinal)));
        }

        return new HttpReply(200, "text/plain; version=0.0.4; charset=utf-8", Encoding.UTF8.GetBytes(text.ToString()));
    }

    private void WriteProcess(MetricsText text)
    {
        text.Family("rivulet_info", "gauge", "What runs here; the value is 1.")
            .Sample(1, ("version", ServerVersion.Own), ("protocol", ServerVersion.ProtocolLevel), ("server_name", server.Identity.Name));
        text.Family("rivulet_start_time_seconds", "gauge", "When the server was started, since the Unix epoch.")
            .Sample(server.Started.ToUnixTimeMilliseconds() / 1000.0);
        text.Family("process_resident_memory_bytes", "gauge", "Memory of the process.").Sample(Environment.WorkingSet);
        text.Family("process_cpu_seconds_total", "counter", "Processor time of the process.")
            .Sample(Environment.CpuUsage.TotalTime.TotalSeconds);
    }

    private void WriteConnections(MetricsText text)
    {
        var running = server.Server;
        var traffic = running.Traffic;
        text.Family("rivulet_connections", "gauge", "Connected clients.").Sample(running.ConnectionCount);
        text.Family("rivulet_connections_total", "counter", "Clients that have connected.").Sample(server.Environment.Connections.Total);
        text.Family("rivulet_subscriptions", "gauge", "Subscriptions, the server's own included.").Sample(running.SubscriptionCount);
        text.Family("rivulet_received_messages_total", "counter", "Messages from clients.").Sample(traffic.InMessages);
        text.Family("rivulet_received_bytes_total", "counter", "Bytes of headers and payloads from clients.").Sample(traffic.InBytes);
        text.Family("rivulet_sent_messages_total", "counter", "Messages to clients.").Sample(traffic.OutMessages);
        text.Family("rivulet_sent_bytes_total", "counter", "Bytes of headers and payloads to clients.").Sample(traffic.OutBytes);
        text.Family("rivulet_slow_consumers_total", "counter", "Clients closed because they did not keep up.").Sample(running.SlowConsumers);
        text.Family("rivulet_stale_connections_total", "counter", "Clients closed because they did not answer pings.").Sample(running.StaleConnections);
    }

    private static void WriteJetStream(MetricsText text, JetStreamEngine engine)
    {
        text.Family("rivulet_jetstream_up", "gauge", "Whether the store takes writes: 0 once it has failed.").Sample(engine.Failure is null ? 1 : 0);
        text.Family("rivulet_jetstream_memory_bytes", "gauge", "Bytes in memory streams.").Sample(engine.Accounts.Sum(account => account.Usage.MemoryBytes));
        text.Family("rivulet_jetstream_storage_bytes", "gauge", "Bytes in file streams.").Sample(engine.Accounts.Sum(account => account.Usage.StoreBytes));
        text.Family("rivulet_jetstream_memory_limit_bytes", "gauge", "Bytes that memory streams may have.").Sample(engine.Options.MaxMemoryBytes);
        text.Family("rivulet_jetstream_storage_limit_bytes", "gauge", "Bytes that file streams may have.").Sample(engine.Options.MaxStoreBytes);
        text.Family("rivulet_jetstream_api_requests_total", "counter", "Requests to the API.").Sample(engine.Accounts.Sum(account => account.Statistics.Total));
        text.Family("rivulet_jetstream_api_errors_total", "counter", "Those answered with an error.").Sample(engine.Accounts.Sum(account => account.Statistics.Errors));
    }

    private static void WriteStreams(MetricsText text, List<JetStreamStream> streams)
    {
        Each(text, streams, "stream", "rivulet_stream_messages", "gauge", "Messages in the stream.", stream => stream.Log.State.Messages);
        Each(text, streams, "stream", "rivulet_stream_bytes", "gauge", "Their bytes.", stream => stream.Log.State.Bytes);
        Each(text, streams, "stream", "rivulet_stream_subjects", "gauge", "Distinct subjects.", stream => stream.Log.State.Subjects);
        Each(text, streams, "stream", "rivulet_stream_last_sequence", "counter", "The last sequence given out.", stream => stream.Log.State.LastSequence);
        Each(text, streams, "stream", "rivulet_stream_consumers", "gauge", "Consumers of the stream.", stream => stream.Consumers.Count);
        Each(text, streams, "stream", "rivulet_stream_lost_messages", "gauge", "Messages found damaged.", stream => stream.Log.State.Lost.Count);
    }

    private static void WriteBuckets(MetricsText text, List<JetStreamStream> buckets)
    {
        Each(text, buckets, "bucket", "rivulet_bucket_keys", "gauge", "Keys, deleted ones that still have a marker included.", stream => stream.Log.State.Subjects);
        Each(text, buckets, "bucket", "rivulet_bucket_values", "gauge", "Values and markers, history included.", stream => stream.Log.State.Messages);
        Each(text, buckets, "bucket", "rivulet_bucket_bytes", "gauge", "Their bytes.", stream => stream.Log.State.Bytes);
        Each(text, buckets, "bucket", "rivulet_bucket_bytes_limit", "gauge", "Bytes that the bucket may have; -1 for no limit.", stream => stream.Config.MaxBytes);
        Each(text, buckets, "bucket", "rivulet_bucket_revision", "counter", "The last revision given out.", stream => stream.Log.State.LastSequence);
        Each(text, buckets, "bucket", "rivulet_bucket_watchers", "gauge", "Watchers and other consumers.", stream => stream.Consumers.Count);
    }

    private static void Each(
        MetricsText text, List<JetStreamStream> streams, string label, string name, string type, string help, Func<JetStreamStream, double> value)
    {
        if (streams.Count == 0)
            return;
        text.Family(name, type, help);
        foreach (var stream in streams)
        {
            string labelled = label == "bucket" ? stream.Name[BucketPrefix.Length..] : stream.Name;
            text.Sample(value(stream), ("account", stream.Account.Name), (label, labelled));
        }
    }
}
