using System.Globalization;
using System.Text;
using Rivulet.Server.Security;
using Rivulet.TestKit.Processes;
using Rivulet.TestKit.Security;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Allocation;

/// <summary>
/// In steady state the server leaves nothing for the collector, whatever thread does the work: what the whole process
/// allocates is counted, over real sockets, with a client that allocates nothing itself.
/// </summary>
/// <remarks>A million operations of each kind, or as many as <c>RIVULET_ALLOCATION_OPERATIONS</c> says.</remarks>
[Collection(nameof(SocketAllocationTests))]
[CollectionDefinition(nameof(SocketAllocationTests), DisableParallelization = true)]
public sealed class SocketAllocationTests : IDisposable
{
    private const string OperationsVariable = "RIVULET_ALLOCATION_OPERATIONS";
    private const int OperationsDefault = 1_000_000;
    private const int Window = 256;
    private const int PayloadBytes = 128;

    // Parts of a measurement.
    private const int Slices = 8;
    private const int FileKeys = 1_024;

    // More than a segment of the log takes, so that compaction and snapshots have their buffers too.
    private const int SegmentRounds = 2_000;

    // Few, so that little of a full chunk of the memory store is live.
    private const int MemoryKeys = 8;

    private const double BytesPerOperationMax = 1;

    // Longer than maintenance waits for the load to end.
    private static readonly TimeSpan MaintenanceQuiet = TimeSpan.FromSeconds(2.5);
    private static readonly string Payload = new('x', PayloadBytes);

    private readonly TemporaryFolder _folder = new("socket-allocation");
    private readonly int _rounds = Operations() / Window / Slices * Slices;

    public void Dispose()
    {
        _folder.Dispose();
    }

    [Fact]
    public async Task A_publish_that_nobody_receives_allocates_nothing()
    {
        await using var server = await EmbeddedServer.StartAsync();
        using var client = SteadyClient.Connect(server.Port);
        byte[] window = Repeated(_ => $"PUB nobody.listens {PayloadBytes}\r\n{Payload}\r\n");

        double bytes = Measure("publish without a receiver", () =>
        {
            client.Send(window);
            client.Flush();
        });

        Assert.InRange(bytes, 0, BytesPerOperationMax);
        Assert.True(server.Server.Traffic.InMessages >= _rounds * Window);
    }

    [Fact]
    public async Task A_delivery_to_another_connection_allocates_nothing()
    {
        await using var server = await EmbeddedServer.StartAsync();
        using var publisher = SteadyClient.Connect(server.Port);
        using var subscriber = SteadyClient.Connect(server.Port);
        subscriber.Send("SUB some.* 1\r\n"u8);
        subscriber.Flush();
        byte[] window = Repeated(_ => $"PUB some.subject {PayloadBytes}\r\n{Payload}\r\n");

        double bytes = Measure("delivery to a subscriber", () =>
        {
            publisher.Send(window);
            subscriber.SkipLines(2 * Window);
        });

        Assert.InRange(bytes, 0, BytesPerOperationMax);
    }

    [Fact]
    public async Task A_publish_and_its_delivery_over_tls_allocate_nothing()
    {
        using var authority = new TestAuthority();
        await using var server = await EmbeddedServer.StartAsync(options => options with { Tls = authority.ServerOptions() });
        using var publisher = SteadyClient.ConnectSecure(server.Port, authority);
        using var subscriber = SteadyClient.ConnectSecure(server.Port, authority);
        Assert.InRange(MeasureDelivery("delivery over TLS", publisher, subscriber), 0, BytesPerOperationMax);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_publish_and_its_delivery_over_websocket_allocate_nothing(bool compressed)
    {
        await using var server = await EmbeddedServer.StartAsync(options => options with
        {
            WebSocket = new WebSocketServerOptions { Host = "127.0.0.1", Port = -1, NoTls = true, Compression = compressed },
        });
        using var publisher = SteadyClient.ConnectWeb(server.Server.WebSocketPort, compressed);
        using var subscriber = SteadyClient.ConnectWeb(server.Server.WebSocketPort, compressed);
        string name = compressed ? "delivery over WebSocket, compressed" : "delivery over WebSocket";
        Assert.InRange(MeasureDelivery(name, publisher, subscriber), 0, BytesPerOperationMax);
    }

    private double MeasureDelivery(string name, SteadyClient publisher, SteadyClient subscriber)
    {
        subscriber.Send("SUB some.* 1\r\n"u8);
        subscriber.Flush();
        byte[] window = Repeated(_ => $"PUB some.subject {PayloadBytes}\r\n{Payload}\r\n");
        return Measure(name, () =>
        {
            publisher.Send(window);
            subscriber.SkipLines(2 * Window);
        });
    }

    [Fact]
    public async Task Permissions_allocate_nothing_for_those_who_publish_and_those_who_receive()
    {
        var permissions = new Permissions
        {
            Publish = new SubjectPermission { Allow = ["some.>", "other"], Deny = ["some.no", "some.*.no"] },
            Subscribe = new SubjectPermission { Allow = ["some.>"], Deny = ["some.no", "some.*.no"] },
        };
        await using var server = await StartWithUsersAsync(new AccountSettings { Name = "A", Users = [User("u", "A", permissions)] });
        using var publisher = SteadyClient.Connect(server.Port, Credentials("u"));
        using var subscriber = SteadyClient.Connect(server.Port, Credentials("u"));
        subscriber.Send("SUB some.> 1\r\n"u8);
        subscriber.Flush();

        // More subjects than the cache of decisions has places for.
        byte[] window = Repeated(i => $"PUB some.subject.{i} {PayloadBytes}\r\n{Payload}\r\n");

        double bytes = Measure("delivery under permissions", () =>
        {
            publisher.Send(window);
            subscriber.SkipLines(2 * Window);
        });

        Assert.InRange(bytes, 0, BytesPerOperationMax);
    }

    [Fact]
    public async Task A_message_for_another_account_allocates_nothing()
    {
        var exporter = new AccountSettings
        {
            Name = "A",
            Users = [User("a", "A")],
            StreamExports = [new StreamExport { Subject = "pub.*" }],
            Mappings = [new SubjectMapping { Source = "in.*", Destinations = [new MappingDestination("pub.$1", 100)] }],
        };
        var importer = new AccountSettings
        {
            Name = "B",
            Users = [User("b", "B")],
            StreamImports = [new StreamImport { Account = "A", Subject = "pub.*", To = "from.a.$1" }],
        };
        await using var server = await StartWithUsersAsync(exporter, importer);
        using var publisher = SteadyClient.Connect(server.Port, Credentials("a"));
        using var subscriber = SteadyClient.Connect(server.Port, Credentials("b"));
        subscriber.Send("SUB from.a.> 1\r\n"u8);
        subscriber.Flush();
        byte[] window = Repeated(_ => $"PUB in.x {PayloadBytes}\r\n{Payload}\r\n");

        double bytes = Measure("mapping and delivery through an import", () =>
        {
            publisher.Send(window);
            subscriber.SkipLines(2 * Window);
        });

        Assert.InRange(bytes, 0, BytesPerOperationMax);
    }

    [Fact]
    public async Task A_request_to_another_account_and_its_response_allocate_nothing()
    {
        var exporter = new AccountSettings
        {
            Name = "A",
            Users = [User("a", "A", new Permissions { Responses = new ResponsePermission() })],
            ServiceExports = [new ServiceExport { Subject = "svc.*" }],
        };
        var importer = new AccountSettings
        {
            Name = "B",
            Users = [User("b", "B")],
            ServiceImports = [new ServiceImport { Account = "A", Subject = "svc.*", To = "ask.$1" }],
        };
        await using var server = await StartWithUsersAsync(exporter, importer);
        using var service = SteadyClient.Connect(server.Port, Credentials("a") + ",\"headers\":false");
        using var requester = SteadyClient.Connect(server.Port, Credentials("b"));
        service.Send("SUB svc.* 1\r\n"u8);
        service.Flush();
        requester.Send("SUB _INBOX.* 1\r\n"u8);
        requester.Flush();
        byte[] requests = Repeated(i => $"PUB ask.x _INBOX.{i} {PayloadBytes}\r\n{Payload}\r\n");
        byte[] responses = new byte[Window * 256];

        double bytes = Measure("request to another account, and response", () =>
        {
            requester.Send(requests);
            int written = 0;
            for (int i = 0; i < Window; i++)
                written += WriteAck(service.ReadMessage().Reply, responses.AsSpan(written));
            service.Send(responses.AsSpan(0, written));
            requester.SkipLines(2 * Window);
        });

        Assert.InRange(bytes, 0, BytesPerOperationMax);
        Assert.True(server.Server.Accounts.TryGet("A", out var account));
        Assert.Equal(0, account.Responses.Count);
    }

    [Fact]
    public async Task A_put_into_a_file_bucket_allocates_nothing()
    {
        await using var server = await StartWithStoreAsync();
        using var client = ClientWithBucket(server, "file");

        double bytes = MeasurePuts("put, file storage", client, FileKeys, SegmentRounds);

        Assert.InRange(bytes, 0, BytesPerOperationMax);
    }

    /// <summary>
    /// The memory store keeps its messages in chunks on the managed heap and leaves dead chunks to the collector (record
    /// 0028 in docs/adr), so a put allocates the record that it stores, and nothing else: 24 bytes of header, the subject
    /// and the payload, to a multiple of eight. Whenever a chunk of 256 KiB is full, what is still live in it is written
    /// once more: the last value of each key, and what is not committed just then.
    /// </summary>
    [Fact]
    public async Task A_put_into_a_memory_bucket_allocates_its_record_and_nothing_else()
    {
        const double WrittenOnceMore = 0.03;
        int recordBytes = (24 + Key(0, MemoryKeys).Length + PayloadBytes + 7) & ~7;
        await using var server = await StartWithStoreAsync();
        using var client = ClientWithBucket(server, "memory");

        double bytes = MeasurePuts("put, memory storage", client, MemoryKeys, WarmUpRounds);

        Console.WriteLine($"      of which the record itself: {recordBytes}");
        Assert.InRange(bytes, recordBytes * 0.99, (recordBytes * (1 + WrittenOnceMore)) + BytesPerOperationMax);
    }

    [Theory]
    [InlineData("file")]
    [InlineData("memory")]
    public async Task A_direct_get_allocates_nothing(string storage)
    {
        await using var server = await StartWithStoreAsync();
        using var client = ClientWithBucket(server, storage);
        client.Send(Repeated(i => Put(i, MemoryKeys)));
        client.SkipLines(2 * Window);
        byte[] window = Repeated(i => $"PUB $JS.API.DIRECT.GET.KV_bucket.{Key(i, MemoryKeys)} _R.reply 0\r\n\r\n");

        // The line of the message, the version, four headers, an empty line, the payload. An answer that found nothing has
        // fewer, and the wait for the rest would fail.
        double bytes = Measure($"direct get, {storage} storage", () =>
        {
            client.Send(window);
            client.SkipLines(8 * Window);
        });

        Assert.InRange(bytes, 0, BytesPerOperationMax);
    }

    // Now and then at least an ack is confirmed: while the disk is slow, the log keeps what is not on it yet in more memory.
    [Theory]
    [InlineData("file", 16 * Window)]
    [InlineData("memory", 16 * Window)]
    [InlineData("file", 1)]
    [InlineData("memory", 1)]
    public async Task A_delivery_through_a_consumer_and_its_ack_allocate_nothing(string storage, int acksForOneConfirmed)
    {
        await using var server = await StartWithStoreAsync();
        using var client = ClientWithBucket(server, storage, ",\"max_msgs_per_subject\":-1");
        byte[] puts = Repeated(i => Put(i, FileKeys));
        for (int i = 0; i < _rounds + WarmUpRounds; i++)
        {
            client.Send(puts);
            client.SkipLines(2 * Window);
        }

        Assert.DoesNotContain("\"error\"", client.Request(
            "$JS.API.CONSUMER.CREATE.KV_bucket.C",
            """{"stream_name":"KV_bucket","config":{"durable_name":"C","ack_policy":"explicit","max_ack_pending":4096}}"""),
            StringComparison.Ordinal);
        if (storage == "file")
            WarmUpMaintenance(client);
        byte[] acks = new byte[Window * 256];
        string fetch = $"{{\"batch\":{Window},\"expires\":10000000000}}";
        byte[] request = Encoding.UTF8.GetBytes(
            $"PUB $JS.API.CONSUMER.MSG.NEXT.KV_bucket.C _R.reply {fetch.Length}\r\n{fetch}\r\n");

        int ack = 0;
        string name = acksForOneConfirmed == 1 ? "delivery and confirmed ack" : "delivery and ack";
        double bytes = Measure($"{name}, {storage} storage", () =>
        {
            client.Send(request);
            (int written, int confirmed) = (0, 0);
            for (int i = 0; i < Window; i++)
            {
                bool isConfirmed = ++ack % acksForOneConfirmed == 0;
                confirmed += isConfirmed ? 1 : 0;
                written += WriteAck(client.ReadMessage().Reply, acks.AsSpan(written), isConfirmed);
            }

            client.Send(acks.AsSpan(0, written));
            client.SkipLines(2 * confirmed);
        });

        Assert.InRange(bytes, 0, BytesPerOperationMax);
        client.Flush();
        Assert.Contains("\"num_ack_pending\":0,", client.Request("$JS.API.CONSUMER.INFO.KV_bucket.C", ""), StringComparison.Ordinal);
    }

    // Long enough for every buffer, table and pool to have its size and for the compiler to have done its work.
    private int WarmUpRounds => Math.Max(_rounds / 10, 400);

    private static int Operations()
    {
        return int.TryParse(Environment.GetEnvironmentVariable(OperationsVariable), CultureInfo.InvariantCulture, out int operations)
            ? operations
            : OperationsDefault;
    }

    private double MeasurePuts(string name, SteadyClient client, int keys, int warmUpRounds)
    {
        byte[][] windows = [.. Enumerable.Range(0, Math.Max(keys / Window, 1)).Select(w => Repeated(i => Put((w * Window) + i, keys)))];
        int round = 0;
        double bytes = Measure(name, () =>
        {
            client.Send(windows[round++ % windows.Length]);
            client.SkipLines(2 * Window);
        }, warmUpRounds);
        Assert.Contains(
            $"\"last_seq\":{round * Window},", client.Request("$JS.API.STREAM.INFO.KV_bucket", ""), StringComparison.Ordinal);
        return bytes;
    }

    /// <summary>
    /// Overwrites keys of another stream until the store has rewritten segments, and waits until it has nothing left to do:
    /// the first buffers of its maintenance, some megabytes, would be counted as the deliveries'. What maintenance
    /// allocates while it goes on is counted with the puts.
    /// </summary>
    private static void WarmUpMaintenance(SteadyClient client)
    {
        client.Request("$JS.API.STREAM.CREATE.OTHER", """{"name":"OTHER","subjects":["other.*"],"max_msgs_per_subject":1}""");
        byte[] puts = Repeated(i => $"PUB other.{i} _R.reply {PayloadBytes}\r\n{Payload}\r\n");
        for (int i = 0; i < SegmentRounds; i++)
        {
            client.Send(puts);
            client.SkipLines(2 * Window);
        }

        for (int i = 0; i < 10; i++)
        {
            long before = GC.GetTotalAllocatedBytes(precise: true);
            Thread.Sleep(MaintenanceQuiet);
            if (GC.GetTotalAllocatedBytes(precise: true) - before < 64 << 10)
                return;
        }

        Assert.Fail("an idle server goes on allocating");
    }

    /// <summary>Runs rounds of <see cref="Window"/> operations; the result is what the process allocated for each operation.</summary>
    /// <summary>
    /// What an operation allocates in the long run, in bytes. A buffer or a pool that grows once more, because the disk was slow for a
    /// moment, shows in one slice of the time: the one that has most is left out.
    /// </summary>
    private double Measure(string name, Action round, int? warmUpRounds = null)
    {
        for (int i = 0; i < (warmUpRounds ?? WarmUpRounds); i++)
            round();
        int collections = GC.CollectionCount(0);
        long start = TimeProvider.System.GetTimestamp();
        int rounds = _rounds / Slices;
        var allocated = new long[Slices];
        for (int slice = 0; slice < Slices; slice++)
        {
            long before = GC.GetTotalAllocatedBytes(precise: true);
            for (int i = 0; i < rounds; i++)
                round();
            allocated[slice] = GC.GetTotalAllocatedBytes(precise: true) - before;
        }

        var elapsed = TimeProvider.System.GetElapsedTime(start);
        double bytes = (allocated.Sum() - allocated.Max()) / (double)((Slices - 1) * rounds * Window);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"    {name}: {bytes:N4} bytes for each of {Slices * rounds * Window:N0}, at most {allocated.Max() / (double)(rounds * Window):N4} in an eighth of them, in {elapsed.TotalSeconds:N1} s, {GC.CollectionCount(0) - collections} collections"));
        return bytes;
    }

    private Task<EmbeddedServer> StartWithStoreAsync()
    {
        return EmbeddedServer.StartAsync(
            options => options with { JetStream = new JetStreamServerOptions { StoreDirectory = _folder.Path } });
    }

    private static Task<EmbeddedServer> StartWithUsersAsync(params AccountSettings[] accounts)
    {
        return EmbeddedServer.StartAsync(options => options with { Accounts = accounts });
    }

    private static UserSettings User(string name, string account, Permissions? permissions = null)
    {
        return new UserSettings { Name = name, Password = "x", AccountName = account, Permissions = permissions };
    }

    private static string Credentials(string user)
    {
        return $"\"headers\":true,\"no_responders\":false,\"user\":\"{user}\",\"pass\":\"x\"";
    }

    private static SteadyClient ClientWithBucket(EmbeddedServer server, string storage, string more = ",\"max_msgs_per_subject\":1")
    {
        var client = SteadyClient.Connect(server.Port);
        string answer = client.Request(
            "$JS.API.STREAM.CREATE.KV_bucket",
            $"{{\"name\":\"KV_bucket\",\"subjects\":[\"$KV.bucket.>\"],\"storage\":\"{storage}\",\"allow_direct\":true," +
            $"\"allow_rollup_hdrs\":true,\"deny_delete\":true,\"discard\":\"new\"{more}}}");
        Assert.Contains("\"did_create\":true", answer, StringComparison.Ordinal);
        client.Send("SUB _R.reply 1\r\n"u8);
        client.Flush();
        return client;
    }

    private static string Key(int i, int keys)
    {
        return $"$KV.bucket.key.{i % keys:d4}";
    }

    private static string Put(int i, int keys)
    {
        return $"PUB {Key(i, keys)} _R.reply {PayloadBytes}\r\n{Payload}\r\n";
    }

    private static byte[] Repeated(Func<int, string> operation)
    {
        return Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, Window).Select(operation)));
    }

    private static int WriteAck(ReadOnlySpan<byte> reply, Span<byte> into, bool isConfirmed = false)
    {
        ReadOnlySpan<byte> rest = isConfirmed ? " _R.reply 4\r\n+ACK\r\n"u8 : "  4\r\n+ACK\r\n"u8;
        "PUB "u8.CopyTo(into);
        reply.CopyTo(into[4..]);
        rest.CopyTo(into[(4 + reply.Length)..]);
        return 4 + reply.Length + rest.Length;
    }
}
