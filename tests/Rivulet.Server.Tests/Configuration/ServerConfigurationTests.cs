using Rivulet.JetStream;
using Rivulet.Server.Configuration;
using Rivulet.Server.Configuration.Keys;
using Rivulet.Storage;
using Rivulet.TestKit.Processes;

namespace Rivulet.Server.Tests.Configuration;

/// <summary>What the keys of a configuration file do.</summary>
public class ServerConfigurationTests
{
    [Theory]
    [InlineData("listen: 4333", "0.0.0.0", 4333)]
    [InlineData("listen: 127.0.0.1:-1", "127.0.0.1", -1)]
    [InlineData("listen: \":4333\"", "0.0.0.0", 4333)]
    [InlineData("listen: \"[::1]:4333\"", "::1", 4333)]
    [InlineData("host: ::1\nport: 5", "::1", 5)]
    [InlineData("net: 127.0.0.1\nlisten: 4333\nport: 0", "127.0.0.1", 4333)]
    public void Addresses(string text, string host, int port)
    {
        var server = Load(text).Server;
        Assert.Equal((host, port), (server.Host, server.Port));
    }

    [Fact]
    public void Names_and_labels()
    {
        var server = Load("server_name: rill\nclient_advertise: \"h:5\"\nserver_tags: [\"A:1\", b, a:1]\nserver_metadata { x: y }").Server;
        Assert.Equal(("rill", "h:5"), (server.ServerName, server.ClientAdvertise));
        Assert.Equal(["a:1", "b"], server.Tags);
        Assert.Equal("y", Assert.Single(server.Metadata, pair => pair.Key == "x").Value);
        Assert.Equal(["one"], Load("server_tags: one").Server.Tags);
    }

    [Theory]
    [InlineData("http: 8222", null, 8222)]
    [InlineData("http: 127.0.0.1:-1", "127.0.0.1", -1)]
    [InlineData("http_port: 8222", null, 8222)]
    [InlineData("monitor_port: 8222", null, 8222)]
    public void Monitoring(string text, string? host, int port)
    {
        var server = Load(text + "\nhttp_base_path: /nats").Server;
        Assert.Equal((host, port, "/nats"), (server.HttpHost, server.HttpPort, server.HttpBasePath));
    }

    [Fact]
    public void Limits_and_timers()
    {
        var server = Load("""
            max_control_line: 1024, max_payload: 2KB, max_pending: 3MB, max_connections: 10, max_subscriptions: 5
            max_subscription_tokens: 7, max_closed_clients: 9, ping_interval: "20s", ping_max: 3, write_deadline: "3s"
            lame_duck_duration: "40s", lame_duck_grace_period: "5s", no_header_support: true, no_fast_producer_stall: yes
            write_timeout: close
            """).Server;
        Assert.Equal((1024, 2048, 3145728L, 10, 5), (server.MaxControlLine, server.MaxPayload, server.MaxPending, server.MaxConnections, server.MaxSubscriptions));
        Assert.Equal((7, 9, 3), (server.MaxSubscriptionTokens, server.MaxClosedClients, server.PingMax));
        Assert.Equal((Seconds(20), Seconds(3)), (server.PingInterval, server.WriteDeadline));
        Assert.Equal((Seconds(40), Seconds(5)), (server.LameDuckDuration, server.LameDuckGracePeriod));
        Assert.True(server.NoHeaderSupport && server.NoFastProducerStall);
    }

    [Fact]
    public void Zero_leaves_the_default_and_other_spellings_count()
    {
        var expected = new NatsServerOptions();
        var server = Load("max_payload: 0, max_pending: 0, max_control_line: 0, max_connections: 0, ping_max: 0, ping_interval: \"0s\", write_deadline: \"0s\"").Server;
        Assert.Equal((expected.MaxPayload, expected.MaxPending, expected.MaxControlLine), (server.MaxPayload, server.MaxPending, server.MaxControlLine));
        Assert.Equal((expected.MaxConnections, expected.PingMax, expected.PingInterval), (server.MaxConnections, server.PingMax, server.PingInterval));
        server = Load("max_conn: -1, max_subs: 6, max_sub_tokens: 8").Server;
        Assert.Equal((-1, 6, 8), (server.MaxConnections, server.MaxSubscriptions, server.MaxSubscriptionTokens));
    }

    [Fact]
    public void Logging_and_process()
    {
        var file = Load("""
            debug: true, trace: on, logtime: false, logtime_utc: true, log_file: "/l", log_size_limit: 1MB, log_max_num: 3
            max_traced_msg_len: 20, pid_file: "/p", ports_file_dir: "/d"
            syslog: true, remote_syslog: "udp://h:514"
            """);
        Assert.Equal((true, true, false, true), (file.Debug, file.Trace, file.LogTime, file.LogTimeUtc));
        Assert.Equal(("/l", 1048576L, 3), (file.LogFile, file.LogSizeLimit, file.LogFilesMax));
        Assert.Equal((20, "/p", "/d"), (file.Server.MaxTracedMessageLength, file.PidFile, file.PortsFileDirectory));
        Assert.Equal((true, "udp://h:514"), (file.Syslog, file.RemoteSyslog));
        Assert.Null(Load("remote_syslog: \"\"").RemoteSyslog);
        file = Load("logfile: /x, logfile_size_limit: 5, logfile_max_num: 2, pidfile: /y, trace_verbose: true");
        Assert.Equal(("/x", 5L, 2, "/y", true), (file.LogFile, file.LogSizeLimit, file.LogFilesMax, file.PidFile, file.Trace));
    }

    [Theory]
    [InlineData("jetstream: enabled", true)]
    [InlineData("jetstream: \"ENABLE\"", true)]
    [InlineData("jetstream: true", true)]
    [InlineData("jetstream {}", true)]
    [InlineData("jetstream: disabled", false)]
    [InlineData("jetstream: false", false)]
    [InlineData("jetstream { enabled: false }", false)]
    [InlineData("port: 1", false)]
    public void JetStream_is_turned_on_in_many_ways(string text, bool expected)
    {
        Assert.Equal(expected, Load(text).JetStreamEnabled);
    }

    [Fact]
    public void JetStream_settings()
    {
        var js = Load("""
            jetstream {
                store_dir: "/s", max_mem: 1GB, max_file: "10G", domain: d, sync_interval: "1m", strict: false
                limits { max_ack_pending: 100, duplicate_window: "1m" }
            }
            """).JetStream;
        Assert.Equal(("/s", 1L << 30, 10L << 30, "d", false), (js.StoreDirectory, js.MaxMemoryStore, js.MaxFileStore, js.Domain, js.Strict));
        Assert.Equal((SyncPolicy.Interval(Seconds(60)), 100, Seconds(60)), (js.SyncPolicy, js.MaxAckPending, js.DuplicateWindowMax));
        js = Load("store_dir: /t\njetstream { max_memory_store: 5, max_file_store: -1, sync: ALWAYS }").JetStream;
        Assert.Equal(("/t", 5L, null, SyncPolicy.Always), (js.StoreDirectory, js.MaxMemoryStore, js.MaxFileStore, js.SyncPolicy));
        js = Load("jetstream { storedir: /u, max_mem_store: \"2K\" }").JetStream;
        Assert.Equal(("/u", 2048L), (js.StoreDirectory, js.MaxMemoryStore));
    }

    [Theory]
    [InlineData("foo: 1\n  bar: 2", "a.conf:1:0: unknown field \"foo\"\na.conf:2:3: unknown field \"bar\"")]
    [InlineData("jetstream { foo: 1 }", "a.conf:1:12: unknown field \"foo\"")]
    [InlineData("jetstream { limits { foo: 1 } }", "a.conf:1:21: unknown field \"foo\"")]
    [InlineData("port: abc", "a.conf:1:0: interface conversion: interface {} is string, not int64")]
    [InlineData("host: 5", "a.conf:1:0: interface conversion: interface {} is int64, not string")]
    [InlineData("debug: 5", "a.conf:1:0: interface conversion: interface {} is int64, not bool")]
    [InlineData("max_payload: 3GB", "a.conf:1:0: max_payload value is too big")]
    [InlineData("max_subscription_tokens: 256", "a.conf:1:0: max_subscription_tokens value is too big")]
    [InlineData("max_sub_tokens: -5", "a.conf:1:0: max_subscription_tokens value can not be negative")]
    [InlineData("listen: localhost", "a.conf:1:0: could not parse address string \"localhost\"")]
    [InlineData("listen: \"h:abc\"", "a.conf:1:0: could not parse port \"abc\"")]
    [InlineData("listen: true", "a.conf:1:0: expected port or host:port, got bool")]
    [InlineData("server_name: \"a b\"", "a.conf:1:0: server name cannot contain spaces")]
    [InlineData("server_tags: 5", "a.conf:1:0: error parsing tags: unsupported type int64")]
    [InlineData("server_metadata: x", "a.conf:1:0: error parsing metadata: unsupported type string")]
    [InlineData("server_metadata { a: 5 }", "a.conf:1:18: interface conversion: interface {} is int64, not string")]
    [InlineData("ping_interval: \"abc\"", "a.conf:1:0: error parsing ping_interval: time: invalid duration \"abc\"")]
    [InlineData("ping_interval: true", "a.conf:1:0: invalid use of field \"ping_interval\": ping_interval should be converted to a duration\na.conf:1:0: interface conversion: interface {} is bool, not int64")]
    [InlineData("lame_duck_duration: \"10s\"", "a.conf:1:0: invalid lame_duck_duration of 10s, minimum is 30 seconds")]
    [InlineData("lame_duck_grace_period: \"-5s\"", "a.conf:1:0: invalid lame_duck_grace_period, needs to be positive")]
    [InlineData("write_timeout: foo", "a.conf:1:0: write_timeout must be 'default', 'close' or 'retry'")]
    [InlineData("jetstream: 5", "a.conf:1:0: Expected map, bool or string to define JetStream, got int64")]
    [InlineData("jetstream: abc", "a.conf:1:0: Expected 'enabled' or 'disabled' for string value, got 'abc'")]
    [InlineData("jetstream { max_mem: \"1X\" }", "a.conf:1:12: max_mem_store sizes defined as strings must end in K, M, G, T")]
    [InlineData("jetstream { max_mem: true }", "a.conf:1:12: max_mem_store must be int64 or string")]
    [InlineData("jetstream { sync_interval: \"0s\" }", "a.conf:1:12: sync_interval must be above zero, or 'always'")]
    [InlineData("store_dir: /x\njetstream { store_dir: /y }", "a.conf:2:13: Duplicate 'store_dir' configuration")]
    [InlineData("accounts { A { msg_trace: \"a.*\" } }", "a.conf:1:15: Trace destination \"a.*\" is not valid")]
    [InlineData("accounts { A { trace_dest: \"\" } }", "a.conf:1:15: Trace destination \"\" is not valid")]
    [InlineData("accounts { A { msg_trace: 5 } }", "a.conf:1:15: Expected account message trace \"msg_trace\" to be a string or a map/struct, got int64")]
    [InlineData("accounts { A { msg_trace: {dest: \"a b\"} } }", "a.conf:1:27: Trace destination \"a b\" is not valid")]
    [InlineData("accounts { A { msg_trace: {dest: 5} } }", "a.conf:1:27: Field \"dest\" should be a string, got int64")]
    [InlineData("accounts { A { msg_trace: {dest: \"a.b\", sampling: 101} } }", "a.conf:1:40: Ttrace destination sampling value 101 is invalid, needs to be [1..100]")]
    [InlineData("accounts { A { msg_trace: {dest: \"a.b\", sampling: 0} } }", "a.conf:1:40: Ttrace destination sampling value 0 is invalid, needs to be [1..100]")]
    [InlineData("accounts { A { msg_trace: {dest: \"a.b\", sampling: \"x\"} } }", "a.conf:1:40: Invalid trace destination sampling value \"x\"")]
    [InlineData("accounts { A { msg_trace: {dest: \"a.b\", sampling: true} } }", "a.conf:1:40: Trace destination sampling field \"sampling\" should be an integer or a percentage, got bool")]
    [InlineData("accounts { A { msg_trace: {dest: \"a.b\", foo: 1} } }", "a.conf:1:40: Unknown field \"foo\" parsing account message trace map/struct \"msg_trace\"")]
    public void What_makes_no_sense_is_told_in_the_references_words(string text, string expected)
    {
        Assert.Equal(expected, Assert.Throws<ServerConfigurationException>(() => Load(text)).Message);
    }

    [Theory]
    [InlineData("authorization { proxy_required: true }", "trusted proxies")]
    [InlineData("authorization { users: [ { user: a, proxy_required: true } ] }", "trusted proxies")]
    [InlineData("proxies { trusted: [ { key: x } ] }", "trusted proxies")]
    [InlineData("mappings { a: [ { destination: b, weight: 10%, cluster: c } ] }", "mappings of one cluster")]
    [InlineData("ocsp: true", "OCSP")]
    [InlineData("cluster { name: x }", "clusters")]
    [InlineData("gateway { name: x }", "gateways")]
    [InlineData("mqtt { port: 1883 }", "MQTT")]
    [InlineData("leafnodes { remotes: [ { url: x } ] }", "leaf nodes")]
    [InlineData("proxy_protocol: true", "the PROXY protocol")]
    [InlineData("write_timeout: retry", "clients that miss the write deadline are closed")]
    [InlineData("jetstream { key: abc }", "encryption of the store")]
    public void A_feature_that_is_not_there_is_named_and_never_passed_over(string text, string feature)
    {
        string message = Assert.Throws<ServerConfigurationException>(() => Load(text)).Message;
        Assert.EndsWith("\" is not supported by this version: " + feature, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("# nothing\n// at all\n")]
    public void A_file_that_says_nothing_is_a_warning_and_leaves_the_defaults(string text)
    {
        var configuration = Load(text);
        Assert.Equal(["a.conf: config has no values or is empty"], configuration.Warnings);
        Assert.Equal("sha256:ca3d163bab055381827226140568f3bef7eaac187cebd76878e0b63e9e442356", configuration.Digest);
        Assert.Equal(4222, configuration.Server.Port);
    }

    [Fact]
    public void Batches_have_limits()
    {
        const string Text =
            "jetstream { limits { max_request_batch: 5, batch { max_inflight_per_stream: 2, max_inflight_total: 3, max_msgs: 4, timeout: 2s } } }";
        JetStreamServerOptions options = Load(Text).JetStream;
        Assert.Equal(5, options.MaxRequestBatch);
        Assert.Equal(
            new PublishBatchLimits { InflightPerStream = 2, InflightTotal = 3, AtomicMessages = 4, Timeout = Seconds(2) }, options.Batches);
        Assert.Equal(new PublishBatchLimits(), Load("jetstream { limits { batch { max_msgs: 0, timeout: 0s } } }").JetStream.Batches);
        Assert.Equal(
            "a.conf:1:21: Expected a map to define batch limits, got int64",
            Assert.Throws<ServerConfigurationException>(() => Load("jetstream { limits { batch: 5 } }")).Message);
    }

    [Fact]
    public void Feature_flags_are_those_of_this_server()
    {
        Assert.True(Load("feature_flags { js_ack_fc_v2: true }").JetStream.LongAckSubjects);
        Assert.False(Load("feature_flags { js_ack_fc_v2: false }").JetStream.LongAckSubjects);
        Assert.Equal(["a.conf:1:16: feature flag \"other\" has no effect on this server"], Load("feature_flags { other: true }").Notes);
        Assert.Contains(
            "error parsing feature flag \"x\": expected bool, got ",
            Assert.Throws<ServerConfigurationException>(() => Load("feature_flags { x: 5 }")).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "error parsing feature flags: unsupported type ",
            Assert.Throws<ServerConfigurationException>(() => Load("feature_flags: x")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_feature_that_is_not_there_may_be_turned_off()
    {
        Assert.Empty(Load("prof_port: 0, proxy_protocol: false, trace_headers: no").Warnings);
    }

    [Fact]
    public void A_listener_that_is_not_opened_is_a_warning()
    {
        var file = Load("leafnodes { listen: 127.0.0.1:-1 }\nping_interval: 20");
        Assert.Equal(
            [
                "a.conf:1:0: field \"leafnodes\" is not supported by this version: leaf nodes cannot connect",
                "a.conf:2:1: invalid use of field \"ping_interval\": ping_interval should be converted to a duration",
            ],
            file.Warnings);
        Assert.Equal(Seconds(20), file.Server.PingInterval);
    }

    [Fact]
    public void What_has_no_effect_is_noted()
    {
        Assert.Equal(["a.conf:1:0: field \"connect_error_reports\" has no effect on this server"], Load("connect_error_reports: 5").Notes);
    }

    [Fact]
    public void A_key_that_is_a_variable_may_be_any()
    {
        Assert.Equal(4333, Load("P: 4333\nport: $P").Server.Port);
        Assert.Throws<ServerConfigurationException>(() => Load("P: 4333\nport: 4222"));
    }

    [Fact]
    public void A_file_that_is_not_there_is_told_with_its_name()
    {
        string path = Path.Combine(Path.GetTempPath(), "rivulet-nowhere", "a.conf");
        var error = Assert.Throws<ServerConfigurationException>(() => ServerConfiguration.Load(path));
        Assert.Equal($"open {path}: no such file or directory", error.Message);
    }

    [Fact]
    public void Where_traces_go_and_of_how_many_messages_is_read()
    {
        var accounts = Load(
            "accounts { A { msg_trace: a.b }, B { trace_dest: { dest: \"c\", sampling: \"25%\" } }, C { msg_trace: { dest: d, sampling: 7 } } }").Server.Accounts;
        Assert.Equal([("a.b", 100), ("c", 25), ("d", 7)], accounts.Select(account => (account.TraceDestination!, account.TraceSampling)));
        Assert.Contains(
            "Trace destination sampling ignored since no destination was set",
            Assert.Single(Load("accounts { A { msg_trace: { sampling: 7 } } }").Warnings),
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_guide_has_every_key()
    {
        string guide = File.ReadAllText(Path.Combine(BuiltPrograms.RepositoryRoot, "docs", "guides", "configuration.md"));
        Assert.All(
            ConfigurationBlocks.All.Where(block => !ToldElsewhere.Contains(block.Name)).SelectMany(block => block.Keys),
            key => Assert.Contains($"`{key}`", guide, StringComparison.Ordinal));
    }

    // Guides of their own have these.
    private static readonly string[] ToldElsewhere =
        ["permissions", "publish and subscribe", "allow_responses", "exports", "imports", "stream and service of imports", "mappings"];

    private static ServerConfiguration Load(string text)
    {
        return ServerConfiguration.Load("a.conf", MemorySource.With(text));
    }

    private static TimeSpan Seconds(int seconds)
    {
        return TimeSpan.FromSeconds(seconds);
    }
}
