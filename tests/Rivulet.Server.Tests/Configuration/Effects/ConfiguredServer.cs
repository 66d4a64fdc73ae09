using Rivulet.Server.Configuration;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Configuration.Effects;

/// <summary>Servers as the text of a configuration file makes them, inside the test's process.</summary>
internal static class ConfiguredServer
{
    /// <summary>Starts a server on a free port of 127.0.0.1, unless the text says another.</summary>
    /// <param name="text">The configuration.</param>
    /// <param name="time">The clock; the system's if null.</param>
    /// <param name="log">Where it logs; a log of its own if null.</param>
    public static Task<EmbeddedServer> StartAsync(string text, TimeProvider? time = null, CapturedLog? log = null)
    {
        var read = Read(text);
        return EmbeddedServer.StartAsync(defaults => read.Server with
        {
            NoShortFirstPing = true,
            LoggerFactory = log ?? defaults.LoggerFactory,
            TimeProvider = time ?? TimeProvider.System,
            JetStream = read.JetStreamEnabled ? read.JetStream : null,
        });
    }

    /// <summary>The settings that a text says.</summary>
    public static ServerConfiguration Read(string text)
    {
        return ServerConfiguration.Load("a.conf", MemorySource.With("listen: \"127.0.0.1:-1\"\n" + text));
    }

    /// <summary>Takes over what another text says, as a reload of the file does.</summary>
    public static IReadOnlyList<string> Reload(EmbeddedServer server, string text)
    {
        var read = Read(text);
        var running = server.Server.Options;
        return server.Server.Reload(read.Server with
        {
            NoShortFirstPing = true,
            LoggerFactory = running.LoggerFactory,
            TimeProvider = running.TimeProvider,
            JetStream = running.JetStream,
        });
    }

    /// <summary>Connects as a user.</summary>
    public static async Task<RawClient> ConnectAsync(EmbeddedServer server, string user, string password = "x", string operations = "")
    {
        var client = await server.ConnectAsync();
        await client.SendAsync(
            $"CONNECT {{\"verbose\":false,\"headers\":true,\"no_responders\":true,\"user\":\"{user}\",\"pass\":\"{password}\"}}\r\n{operations}PING\r\n");
        await client.ExpectAsync("PONG\r\n");
        return client;
    }

    /// <summary>Says CONNECT with these fields, and returns what the server says until it closes the connection.</summary>
    public static async Task<string> RefusedAsync(EmbeddedServer server, string fields)
    {
        await using var client = await server.ConnectAsync();
        await client.SendAsync($"CONNECT {{\"verbose\":false{fields}}}\r\nPING\r\n");
        return await client.ReadToEndAsync();
    }

    /// <summary>Asks, and returns the payload of the answer.</summary>
    public static async Task<string> RequestAsync(RawClient client, string subject, string body = "")
    {
        await client.SendAsync($"SUB _INBOX.r 88\r\nUNSUB 88 1\r\nPUB {subject} _INBOX.r {body.Length}\r\n{body}\r\n");
        string line = await client.ReadLineAsync();
        string[] words = line.Split(' ');
        if (words[0] is not ("MSG" or "HMSG"))
            return line;
        string payload = await client.ReadAsync(int.Parse(words[^1], System.Globalization.CultureInfo.InvariantCulture));
        await client.ExpectAsync("\r\n");
        return payload;
    }

    /// <summary>A page of monitoring.</summary>
    public static async Task<string> PageAsync(EmbeddedServer server, string path)
    {
        using var http = new HttpClient();
        return await http.GetStringAsync(
            new Uri($"http://127.0.0.1:{server.Server.MonitoringPort}{path}"), TestContext.Current.CancellationToken);
    }
}
