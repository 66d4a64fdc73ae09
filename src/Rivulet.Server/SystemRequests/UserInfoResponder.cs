using System.Globalization;
using System.Text.Json;
using Rivulet.JetStream.Hosting;
using Rivulet.Server.Hosting;
using Rivulet.Server.Routing;

namespace Rivulet.Server.SystemRequests;

/// <summary>Answers <c>$SYS.REQ.USER.INFO</c>: who am I, in which account, on which server.</summary>
/// <remarks>Runs in the requester's receive loop. Thread-safe.</remarks>
internal sealed class UserInfoResponder : IMessageHandler
{
    private readonly AccountRouter _account;
    private readonly ServerIdentity _identity;
    private readonly NatsServerOptions _options;
    private long _sequence;

    private UserInfoResponder(AccountRouter account, ServerIdentity identity, NatsServerOptions options)
    {
        _account = account;
        _identity = identity;
        _options = options;
    }

    /// <summary>Lets an account ask.</summary>
    public static void Attach(AccountRouter account, ServerIdentity identity, NatsServerOptions options)
    {
        account.Subscribe("$SYS.REQ.USER.INFO"u8, new UserInfoResponder(account, identity, options));
    }

    /// <inheritdoc/>
    public bool Handle(in RoutedMessage message, DeliveryBatch batch)
    {
        if (message.Publisher is not { } publisher)
            return false;
        if (!message.Reply.IsEmpty)
            _account.Publish(message.Reply, default, default, Answer(publisher.Identity), batch);
        return true;
    }

    private byte[] Answer(ClientIdentity client)
    {
        using var json = new MemoryStream();
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();
            WriteServer(writer);
            writer.WriteStartObject("data");
            writer.WriteString("user", client.User);
            writer.WriteString("account", client.Account);
            writer.WriteString("account_name", client.Account);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        return json.ToArray();
    }

    private void WriteServer(Utf8JsonWriter writer)
    {
        writer.WriteStartObject("server");
        writer.WriteString("name", _identity.Name);
        writer.WriteString("host", _options.Host);
        writer.WriteString("id", _identity.Id);
        if (_options.JetStream?.Domain is { } domain)
            writer.WriteString("domain", domain);
        writer.WriteString("ver", ServerVersion.ProtocolLevel);
        writer.WriteBoolean("jetstream", _options.JetStream is not null);
        writer.WriteNumber("flags", _options.JetStream is not null ? 7 : 0);
        writer.WriteNumber("seq", Interlocked.Increment(ref _sequence));
        writer.WriteString("time", _options.TimeProvider.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ss.fffffffZ", CultureInfo.InvariantCulture));
        writer.WriteEndObject();
    }
}
