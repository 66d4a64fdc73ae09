using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Rivulet.JetStream.Api;
using Rivulet.JetStream.Api.Json;
using Rivulet.JetStream.Api.Models;
using Rivulet.JetStream.Hosting;
using Rivulet.Protocol;

namespace Rivulet.JetStream.Events;

/// <summary>
/// Tells those who listen what happens in an account: who asks its API, and what becomes of its streams. An event that nobody
/// listens for is not made. Any thread, not under a lock: who listens may be a stream.
/// </summary>
/// <remarks>The events of consumers are made and sent by themselves, as they are decided on under their locks.</remarks>
internal sealed class AccountEvents
{
    private const string TypePrefix = "io.nats.jetstream.advisory.v1.";
    private const string StreamSubject = "$JS.EVENT.ADVISORY.STREAM.";

    private readonly JetStreamAccount _account;
    private readonly Nuid _ids;

    /// <summary>For an account.</summary>
    public AccountEvents(JetStreamAccount account)
    {
        _account = account;
        Random seeds = account.Engine.Host.Random;
        lock (seeds)
            _ids = new Nuid(new Random(seeds.Next()));
    }

    /// <summary>A fresh id, for events and for what is named by chance.</summary>
    public string NewId() => _ids.Next();

    /// <summary>Whether anyone wants to hear of requests.</summary>
    public bool IsApiHeard => _account.Router.IsHeard(ApiSubject);

    private static ReadOnlySpan<byte> ApiSubject => "$JS.EVENT.ADVISORY.API"u8;

    private string? Domain => _account.Engine.Options.Domain;

    private long Now => _account.Engine.Host.Time.UnixNanosNow();

    /// <summary>A request was answered. For those who found that it <see cref="IsApiHeard"/>.</summary>
    public void ApiAnswered(ApiRequest request, ReadOnlySpan<byte> response, DeliveryBatch batch)
    {
        var happened = new ApiAuditEvent
        {
            Type = TypePrefix + "api_audit",
            Id = _ids.Next(),
            TimestampNanos = Now,
            Domain = Domain,
            Server = _account.Engine.Host.ServerName,
            Client = ClientOf(request.Client),
            Subject = "$JS.API." + Encoding.UTF8.GetString(request.Operation),
            Request = request.Body.IsEmpty ? null : Encoding.UTF8.GetString(request.Body),
            Response = Encoding.UTF8.GetString(response),
        };
        Publish(ApiSubject, happened, EventJson.Relaxed.ApiAuditEvent, batch);
    }

    /// <summary>A stream is there that was not.</summary>
    public void StreamCreated(string stream) => TellAction("CREATED", stream, "create");

    /// <summary>A stream was given a configuration, be it the one that it had.</summary>
    public void StreamUpdated(string stream) => TellAction("UPDATED", stream, "modify");

    /// <summary>A stream is gone.</summary>
    public void StreamDeleted(string stream) => TellAction("DELETED", stream, "delete");

    /// <summary>An atomic batch was given up.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="batch">Id of the batch.</param>
    /// <param name="reason">Why, in the word that the event has for it.</param>
    public void BatchAbandoned(string stream, string batch, string reason)
    {
        if (!IsHeard("BATCH_ABANDONED", stream, out byte[] subject))
            return;
        var happened = new BatchAbandonedEvent
        {
            Type = TypePrefix + "stream_batch_abandoned",
            Id = _ids.Next(),
            TimestampNanos = Now,
            Domain = Domain,
            Stream = stream,
            Batch = batch,
            Reason = reason,
        };
        Publish(subject, happened, EventJson.Relaxed.BatchAbandonedEvent, batch: null);
    }

    /// <summary>A backup begins.</summary>
    public void SnapshotCreated(string stream, ClientIdentity? client, StreamStateModel state)
    {
        if (!IsHeard("SNAPSHOT_CREATE", stream, out byte[] subject))
            return;
        var happened = new SnapshotCreateEvent
        {
            Type = TypePrefix + "snapshot_create",
            Id = _ids.Next(),
            TimestampNanos = Now,
            Domain = Domain,
            Stream = stream,
            State = state,
            Client = ClientOf(client),
        };
        Publish(subject, happened, EventJson.Relaxed.SnapshotCreateEvent, batch: null);
    }

    /// <summary>A backup has ended.</summary>
    public void SnapshotCompleted(string stream, ClientIdentity? client, long startNanos, string? error)
    {
        if (!IsHeard("SNAPSHOT_COMPLETE", stream, out byte[] subject))
            return;
        var happened = new SnapshotCompleteEvent
        {
            Type = TypePrefix + "snapshot_complete",
            Id = _ids.Next(),
            TimestampNanos = Now,
            Domain = Domain,
            Stream = stream,
            StartNanos = startNanos,
            EndNanos = Now,
            Client = ClientOf(client),
            Error = error,
        };
        Publish(subject, happened, EventJson.Relaxed.SnapshotCompleteEvent, batch: null);
    }

    /// <summary>A restore begins.</summary>
    public void RestoreCreated(string stream, ClientIdentity? client)
    {
        if (!IsHeard("RESTORE_CREATE", stream, out byte[] subject))
            return;
        var happened = new RestoreCreateEvent
        {
            Type = TypePrefix + "restore_create",
            Id = _ids.Next(),
            TimestampNanos = Now,
            Domain = Domain,
            Stream = stream,
            Client = ClientOf(client),
        };
        Publish(subject, happened, EventJson.Relaxed.RestoreCreateEvent, batch: null);
    }

    /// <summary>A restore has ended.</summary>
    public void RestoreCompleted(string stream, ClientIdentity? client, long startNanos, long bytes)
    {
        if (!IsHeard("RESTORE_COMPLETE", stream, out byte[] subject))
            return;
        var happened = new RestoreCompleteEvent
        {
            Type = TypePrefix + "restore_complete",
            Id = _ids.Next(),
            TimestampNanos = Now,
            Domain = Domain,
            Stream = stream,
            StartNanos = startNanos,
            EndNanos = Now,
            Bytes = bytes,
            Client = ClientOf(client),
        };
        Publish(subject, happened, EventJson.Relaxed.RestoreCompleteEvent, batch: null);
    }

    private EventClient? ClientOf(ClientIdentity? client) => EventClient.From(client, _account.Engine.Host.ServerName);

    private bool IsHeard(string what, string stream, out byte[] subject)
    {
        subject = Encoding.UTF8.GetBytes($"{StreamSubject}{what}.{stream}");
        return _account.Router.IsHeard(subject);
    }

    private void TellAction(string what, string stream, string action)
    {
        if (!IsHeard(what, stream, out byte[] subject))
            return;
        var happened = new StreamActionEvent
        {
            Type = TypePrefix + "stream_action",
            Id = _ids.Next(),
            TimestampNanos = Now,
            Domain = Domain,
            Stream = stream,
            Action = action,
        };
        Publish(subject, happened, EventJson.Relaxed.StreamActionEvent, batch: null);
    }

    private void Publish<T>(ReadOnlySpan<byte> subject, T happened, JsonTypeInfo<T> json, DeliveryBatch? batch)
    {
        DeliveryBatch own = batch ?? _account.Router.CreateBatch();
        _account.Router.Publish(subject, default, default, JsonSerializer.SerializeToUtf8Bytes(happened, json), own);
        if (batch is null)
            own.Flush();
    }
}
