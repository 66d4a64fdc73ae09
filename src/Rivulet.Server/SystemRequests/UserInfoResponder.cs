using System.Text.Json;
using Rivulet.JetStream.Hosting;
using Rivulet.Server.Accounts;
using Rivulet.Server.Connections;

namespace Rivulet.Server.SystemRequests;

/// <summary>Answers <c>$SYS.REQ.USER.INFO</c>: who am I, in which account, on which server.</summary>
/// <remarks>Runs in the requester's receive loop. Thread-safe.</remarks>
internal sealed class UserInfoResponder : IRequestHandler
{
    private readonly Account _account;
    private readonly ServerStamp _stamp;

    private UserInfoResponder(Account account, ServerStamp stamp)
    {
        _account = account;
        _stamp = stamp;
    }

    /// <summary>Lets an account ask.</summary>
    public static void Attach(Account account, ServerStamp stamp)
    {
        account.Router.Subscribe("$SYS.REQ.USER.INFO"u8, new UserInfoResponder(account, stamp));
    }

    /// <inheritdoc/>
    public bool Handle(in RoutedMessage message, DeliveryBatch batch)
    {
        if (message.Publisher is not { } publisher)
            return false;
        if (!message.Reply.IsEmpty)
            _account.Router.Publish(message.Reply, default, default, Answer(publisher), batch);
        return true;
    }

    private byte[] Answer(PublisherContext publisher)
    {
        var client = publisher.Identity;
        var admission = (publisher as ClientContext)?.Admission ?? Security.ClientIdentity.Anonymous;
        using var json = new MemoryStream();
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();
            _stamp.Write(writer);
            writer.WriteStartObject("data");
            writer.WriteString("user", client.User);
            writer.WriteString("account", client.Account);
            writer.WriteString("account_name", _account.Settings.NameTag ?? client.Account);
            if (admission.NameTag is { Length: > 0 } name)
                writer.WriteString("user_name", name);
            if (admission.Permissions is { } permissions)
                PermissionsJson.Write(writer, permissions);
            if (admission.Expires is { } expires)
                writer.WriteNumber("expires", (expires - _stamp.Options.TimeProvider.GetUtcNow()).Ticks * TimeSpan.NanosecondsPerTick);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        return json.ToArray();
    }
}
