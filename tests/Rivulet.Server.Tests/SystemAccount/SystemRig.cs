using System.Text.Json;
using Rivulet.Server.Configuration;
using Rivulet.Server.Tests.Configuration;
using Rivulet.TestKit.Processes;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.SystemAccount;

/// <summary>A server with two accounts and one for the system, and clients that ask and listen.</summary>
internal sealed class SystemRig : IAsyncDisposable
{
    private const string Accounts = """
        server_tags: ["a:b", "ssd"]
        system_account: SYS
        accounts {
          A { users: [ { user: a, password: x } ], jetstream: enabled, mappings { "m.*": "mapped.$1" }
              exports: [ { service: "svc.>" }, { service: "tsvc.>", allow_trace: true }, { stream: "st.>" }, { stream: "tst.>" } ] }
          B { users: [ { user: b, password: x } ]
              imports: [ { service: { account: A, subject: "svc.x" }, to: "lsvc" }, { service: { account: A, subject: "tsvc.x" }, to: "ltsvc" }
                         { stream: { account: A, subject: "st.>" }, prefix: "fromA" }
                         { stream: { account: A, subject: "tst.>" }, prefix: "tfromA", allow_trace: true } ] }
          T { users: [ { user: t, password: x, permissions { publish { deny: "no" } } } ], msg_trace: "acc.trace" }
          SYS { users: [ { user: s, password: x } ] }
        }
        """;

    private readonly TemporaryFolder _folder;
    private int _inbox;

    private SystemRig(TemporaryFolder folder, EmbeddedServer server)
    {
        _folder = folder;
        Server = server;
    }

    public EmbeddedServer Server { get; }

    public string Id => Server.Server.ServerInfo.ServerId;

    public static async Task<SystemRig> StartAsync(Func<NatsServerOptions, NatsServerOptions>? configure = null)
    {
        var folder = new TemporaryFolder("system");
        var parsed = ServerConfiguration.Load("a.conf", MemorySource.With(Accounts)).Server;
        var server = await EmbeddedServer.StartAsync(options =>
        {
            options = options with
            {
                Accounts = parsed.Accounts,
                SystemAccount = parsed.SystemAccount,
                Tags = parsed.Tags,
                ServerName = "one",
                JetStream = new JetStreamServerOptions { StoreDirectory = folder.Path, MaxMemoryStore = 1_000_000, MaxFileStore = 100_000_000 },
            };
            return configure is null ? options : configure(options);
        });
        return new SystemRig(folder, server);
    }

    public async Task<RawClient> ConnectAsync(string user, string operations = "", string password = "x")
    {
        var client = await Server.ConnectAsync();
        await client.SendAsync(
            $"CONNECT {{\"verbose\":false,\"headers\":true,\"no_responders\":true,\"name\":\"c-{user}\",\"lang\":\"t\",\"version\":\"1\",\"user\":\"{user}\",\"pass\":\"{password}\"}}\r\n");
        await client.SendAsync(operations + "SUB _INBOX.> i\r\n");
        if (password == "x")
            await client.PingAsync();
        return client;
    }

    /// <summary>The answer to a request, with its header block in front; empty if nobody answers in a while.</summary>
    public async Task<string> RequestAsync(RawClient client, string subject, string body = "", int waits = 500)
    {
        string inbox = $"_INBOX.r{Interlocked.Increment(ref _inbox)}";
        await client.SendAsync($"PUB {subject} {inbox} {body.Length}\r\n{body}\r\n");
        string received = "";
        for (int i = 0; i < waits; i++)
        {
            received += await client.PingAsync();
            int at = received.IndexOf($"MSG {inbox} ", StringComparison.Ordinal);
            if (at >= 0)
                return received[(received.IndexOf("\r\n", at, StringComparison.Ordinal) + 2)..].TrimEnd('\r', '\n');
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        return "";
    }

    public async Task<JsonElement> JsonAsync(RawClient client, string subject, string body = "")
    {
        string answer = await RequestAsync(client, subject, body);
        Assert.StartsWith("{", answer, StringComparison.Ordinal);
        using var document = JsonDocument.Parse(answer);
        return document.RootElement.Clone();
    }

    /// <summary>Reads until a message on a subject has come, and returns its body.</summary>
    public static async Task<JsonElement> EventAsync(RawClient client, string subject)
    {
        string received = "";
        for (int i = 0; i < 1000; i++)
        {
            received += await client.PingAsync();
            int at = received.IndexOf($"MSG {subject} ", StringComparison.Ordinal);
            if (at >= 0)
            {
                string body = received[(received.IndexOf("\r\n", at, StringComparison.Ordinal) + 2)..];
                using var document = JsonDocument.Parse(body[..body.IndexOf("\r\n", StringComparison.Ordinal)]);
                return document.RootElement.Clone();
            }

            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        Assert.Fail($"no {subject} in: {received}");
        return default;
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        _folder.Dispose();
    }
}
