using System.Text;
using Rivulet.JetStream.Api;
using Rivulet.JetStream.Api.Errors;
using Rivulet.JetStream.Api.Handlers;
using Rivulet.JetStream.Api.Models;
using Rivulet.JetStream.Streams;
using Rivulet.Protocol;

namespace Rivulet.JetStream.Backups;

/// <summary>The operations that take a stream away in one piece and bring it back: snapshot and restore.</summary>
internal static class BackupApi
{
    /// <summary>Adds the operations to a table.</summary>
    public static void Register(ApiRouteTable routes)
    {
        ApiJsonContext json = ApiJsonContext.Relaxed;
        routes.Add(new ApiRoute<StreamSnapshotResponse>("STREAM.SNAPSHOT.*", ApiBodyRule.Required, json, Snapshot));
        routes.Add(new ApiRoute<StreamRestoreResponse>("STREAM.RESTORE.*", ApiBodyRule.Required, json, Restore));
    }

    private static void Snapshot(ApiRequest request, StreamSnapshotResponse response)
    {
        var body = new SnapshotRequest();
        if (!StreamApi.TryFind(request, response, out JetStreamStream stream)
            || !request.TryRead("JSApiStreamSnapshotRequest", body, SnapshotRequest.ReadMember, response))
        {
            return;
        }

        StreamStateModel state = StreamInfoWriter.StateOf(stream);
        if (!Subject.IsValidLiteral(Encoding.UTF8.GetBytes(body.DeliverSubject)))
            response.Error = JetStreamError.SnapshotDeliverSubjectInvalid;
        else if (body.CheckMessages && state.Lost is { } lost)
            response.Error = JetStreamError.StreamSnapshot.With($"snapshot check detected {lost.Messages.Count} bad messages");
        if (response.Error is not null)
            return;

        response.Config = stream.Config;
        response.State = state;
        var run = new SnapshotRun(stream, body, request.Client, StreamInfoWriter.StateOf(stream));
        response.WhenSent(() =>
        {
            stream.Account.Events.SnapshotCreated(stream.Name, request.Client, state);
            run.Start();
        });
    }

    private static void Restore(ApiRequest request, StreamRestoreResponse response)
    {
        var body = new RestoreRequest();
        if (!request.TryRead("JSApiStreamRestoreRequest", body, RestoreRequest.ReadMember, response))
            return;
        StreamConfig config = body.Config;
        if (config.Name.Length == 0)
            config.Name = request.StreamName;
        response.Error = config.Name != request.StreamName ? JetStreamError.StreamMismatch
            : config.Name.AsSpan().ContainsAny('\\', '/') ? JetStreamError.StreamNameContainsPathSeparators
            : null;
        if (response.Error is not null)
            return;

        response.Error = request.Account.Directory.BeginRestore(config, request.Client, out RestoreRun? run);
        if (response.Error is not null)
            return;
        request.Account.Events.RestoreCreated(config.Name, request.Client);
        run!.Start();
        response.DeliverSubject = run.Subject;
    }
}
