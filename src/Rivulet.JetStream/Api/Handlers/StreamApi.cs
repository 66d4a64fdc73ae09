using System.Text;
using Rivulet.JetStream.Api.Errors;
using Rivulet.JetStream.Api.Models;
using Rivulet.JetStream.Streams;
using Rivulet.Protocol;
using Rivulet.Storage;

namespace Rivulet.JetStream.Api.Handlers;

/// <summary>The operations on streams: create, update, info, names, list, delete, purge.</summary>
internal static class StreamApi
{
    private const int NamesPerPage = 1024;
    private const int StreamsPerPage = 256;

    /// <summary>Adds the operations to a table.</summary>
    public static void Register(ApiRouteTable routes)
    {
        ApiJsonContext json = ApiJsonContext.Relaxed;
        routes.Add(new ApiRoute<StreamCreateResponse>("STREAM.CREATE.*", ApiBodyRule.Any, json, Create));
        routes.Add(new ApiRoute<StreamUpdateResponse>("STREAM.UPDATE.*", ApiBodyRule.Any, json, Update));
        routes.Add(new ApiRoute<StreamInfoResponse>("STREAM.INFO.*", ApiBodyRule.Any, json, Info));
        routes.Add(new ApiRoute<StreamNamesResponse>("STREAM.NAMES", ApiBodyRule.Any, json, Names));
        routes.Add(new ApiRoute<StreamListResponse>("STREAM.LIST", ApiBodyRule.Any, json, List));
        routes.Add(new ApiRoute<StreamDeleteResponse>("STREAM.DELETE.*", ApiBodyRule.Empty, json, Delete));
        routes.Add(new ApiRoute<StreamPurgeResponse>("STREAM.PURGE.*", ApiBodyRule.Any, json, Purge));
    }

    private static void Create(ApiRequest request, StreamCreateResponse response)
    {
        var body = new StreamConfigRequest();
        string? invalid = StreamConfigReader.Read(request.Body, request.IsStrict, body);
        StreamConfig config = body.Config;
        response.Error = invalid switch
        {
            not null => JetStreamError.InvalidJSON.With(invalid),
            _ when config.Name != request.StreamName => JetStreamError.StreamMismatch,
            _ when config.Name.AsSpan().ContainsAny('\\', '/') => JetStreamError.StreamNameContainsPathSeparators,
            _ when config.Sealed => StreamConfigRules.Invalid("stream configuration for create can not be sealed"),
            _ when config.MirrorDirect && config.Mirror is null =>
                StreamConfigRules.Invalid("stream has no mirror but does have mirror direct"),
            _ => null,
        };
        if (response.Error is not null)
            return;

        JetStreamAccount account = request.Account;
        bool isNew = !account.TryGetStream(config.Name, out _);
        response.Error = account.Directory.Create(config, body.Pedantic, out JetStreamStream? stream, out LogPosition created);
        if (response.Error is not null)
            return;
        response.DidCreate = true;
        if (isNew)
            response.WhenSent(stream!.Origins.Start);
        response.SendAfter(stream!.Store, created, () =>
        {
            StreamInfoWriter.Fill(response, stream, shown: true, isNew);
            response.Domain = null;
            if (isNew)
                account.Events.StreamCreated(stream.Name);
        });
    }

    private static void Update(ApiRequest request, StreamUpdateResponse response)
    {
        var body = new StreamConfigRequest();
        if (StreamConfigReader.Read(request.Body, request.IsStrict, body) is { } invalid)
        {
            response.Error = JetStreamError.InvalidJSON.With(invalid);
            return;
        }

        JetStreamAccount account = request.Account;
        response.Error = StreamConfigRules.Check(account, body.Config, body.Pedantic, out StreamConfig config);
        if (response.Error is not null)
            return;
        if (config.Name != request.StreamName)
        {
            response.Error = JetStreamError.StreamMismatch;
            return;
        }

        if (!TryFind(request, response, out JetStreamStream stream))
            return;
        response.Error = account.Directory.Update(stream, config, out LogPosition updated);
        if (response.Error is not null)
            return;
        response.WhenSent(stream.Origins.Start);
        response.SendAfter(stream.Store, updated, () =>
        {
            StreamInfoWriter.Fill(response, stream, shown: true);
            account.Events.StreamUpdated(stream.Name);
        });
    }

    private static void Info(ApiRequest request, StreamInfoResponse response)
    {
        var body = new StreamInfoRequest();
        if (!request.TryReadOptional("JSApiStreamInfoRequest", body, StreamInfoRequest.ReadMember, response))
            return;
        if (!TryFind(request, response, out JetStreamStream stream))
            return;
        StreamInfoWriter.Fill(response, stream, shown: true);
        response.Cluster = new ClusterInfo { Leader = request.Account.Engine.Host.ServerName };
        if (body.DeletedDetails)
            response.State!.Deleted = StreamInfoWriter.DeletedSequences(stream);
        if (body.SubjectsFilter.Length > 0)
            StreamInfoWriter.FillSubjects(response, stream, body.SubjectsFilter, Math.Max(0, body.Offset));
    }

    private static void Names(ApiRequest request, StreamNamesResponse response)
    {
        if (!TryList(request, response, "JSApiStreamNamesRequest", NamesPerPage, out List<JetStreamStream> page))
            return;
        if (page.Count > 0)
            response.Streams = page.ConvertAll(stream => stream.Name);
    }

    private static void List(ApiRequest request, StreamListResponse response)
    {
        if (!TryList(request, response, "JSApiStreamListRequest", StreamsPerPage, out List<JetStreamStream> page))
            return;
        response.Streams = page.ConvertAll(stream =>
        {
            var info = new StreamInfo();
            StreamInfoWriter.Fill(info, stream, shown: false);
            return info;
        });
        var offline = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach ((string name, string reason) in request.Account.Directory.Offline)
            offline.Add(name, reason);
        if (offline.Count > 0)
            (response.Missing, response.Offline) = ([.. offline.Keys], offline);
    }

    private static void Delete(ApiRequest request, StreamDeleteResponse response)
    {
        if (!TryFind(request, response, out JetStreamStream stream))
            return;
        LogPosition deleted = request.Account.Directory.Delete(stream);
        response.Success = true;
        response.SendAfter(stream.Store, deleted, () => request.Account.Events.StreamDeleted(stream.Name));
    }

    private static void Purge(ApiRequest request, StreamPurgeResponse response)
    {
        var body = new StreamPurgeRequest();
        if (!request.TryReadOptional("JSApiStreamPurgeRequest", body, StreamPurgeRequest.ReadMember, response))
            return;
        if (body is { Sequence: > 0, Keep: > 0 })
        {
            response.Error = JetStreamError.BadRequest;
            return;
        }

        if (!TryFind(request, response, out JetStreamStream stream))
            return;
        response.Error = stream.Config switch
        {
            { Sealed: true } => JetStreamError.StreamSealed,
            { DenyPurge: true } => JetStreamError.StreamPurgeFailed.With("stream purge not permitted"),
            _ => null,
        };
        if (response.Error is not null)
            return;
        PurgeResult result = stream.Purge(Encoding.UTF8.GetBytes(body.Filter), body.Sequence, body.Keep);
        response.Purged = result.Count;
        response.Success = true;
        response.SendAfter(stream.Store, result.Position);
    }

    /// <summary>The stream that the subject of the request names.</summary>
    internal static bool TryFind(ApiRequest request, ApiResponse response, out JetStreamStream stream)
    {
        if (request.Account.TryGetStream(request.StreamName, out JetStreamStream? found))
        {
            stream = found;
            return true;
        }

        stream = null!;
        response.Error = request.Account.Directory.WhyMissing(request.StreamName);
        return false;
    }

    /// <summary>The page of the account's streams that the request asks for, by name.</summary>
    private static bool TryList(
        ApiRequest request, PagedResponse response, string type, int limit, out List<JetStreamStream> page)
    {
        page = [];
        var body = new StreamListRequest();
        if (!request.TryReadOptional(type, body, StreamListRequest.ReadMember, response))
            return false;
        byte[] filter = Encoding.UTF8.GetBytes(body.Subject);
        JetStreamStream[] all = [.. request.Account.Streams
            .Where(stream => filter.Length == 0 || Captures(stream, filter))
            .OrderBy(stream => stream.Name, StringComparer.Ordinal)];
        response.Page(all.Length, body.Offset, limit);
        page = [.. all.Skip(response.Offset).Take(limit)];
        return true;
    }

    private static bool Captures(JetStreamStream stream, byte[] filter)
    {
        foreach (string subject in stream.Config.Subjects ?? [])
        {
            if (Subject.Overlaps(Encoding.UTF8.GetBytes(subject), filter))
                return true;
        }

        return false;
    }
}
