using System.Text;
using Rivulet.JetStream.Hosting;
using Rivulet.Server.Routing;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests;

/// <summary>An account with its server around it, for tests that act as JetStream does.</summary>
internal sealed class RouterRig : IAsyncDisposable
{
    private RouterRig(EmbeddedServer server)
    {
        Server = server;
        Batch = Router.CreateBatch();
    }

    public EmbeddedServer Server { get; }

    public AccountRouter Router => Server.Server.GlobalAccount;

    public DeliveryBatch Batch { get; }

    public static async Task<RouterRig> StartAsync()
    {
        return new RouterRig(await EmbeddedServer.StartAsync());
    }

    public bool Publish(string subject, string reply = "", string headers = "", string payload = "")
    {
        bool received = Router.Publish(Bytes(subject), Bytes(reply), Bytes(headers), Bytes(payload), Batch);
        Batch.Flush();
        return received;
    }

    public bool Deliver(string to, string subject, string reply = "", string headers = "", string payload = "")
    {
        bool received = Router.Deliver(
            Bytes(to), Bytes(subject), Bytes(reply), Bytes(headers), Bytes(payload), Batch);
        Batch.Flush();
        return received;
    }

    public bool HasInterest(string subject, string? queue = null)
    {
        return Router.HasInterest(Bytes(subject), queue);
    }

    public IDisposable Handle(string filter, Func<string, bool> handle)
    {
        return Router.Subscribe(Bytes(filter), new Handler(handle));
    }

    public async Task<RawClient> ConnectAsync(string subscriptions = "")
    {
        var client = await Server.ConnectQuietAsync();
        await client.SendAsync(subscriptions);
        await client.PingAsync();
        return client;
    }

    public ValueTask DisposeAsync()
    {
        return Server.DisposeAsync();
    }

    public static byte[] Bytes(string text)
    {
        return Encoding.Latin1.GetBytes(text);
    }

    private sealed class Handler(Func<string, bool> handle) : IMessageHandler
    {
        public bool Handle(in RoutedMessage message, DeliveryBatch batch)
        {
            string publisher = message.Publisher is null ? "server" : $"cid {message.Publisher.Identity.Id}";
            return handle(string.Join('|', publisher, Text(message.Subject), Text(message.Reply), Text(message.Headers), Text(message.Payload)));
        }

        private static string Text(ReadOnlySpan<byte> bytes)
        {
            return Encoding.Latin1.GetString(bytes);
        }
    }
}
