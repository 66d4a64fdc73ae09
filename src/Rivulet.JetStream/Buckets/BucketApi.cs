using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using Rivulet.JetStream.Api;
using Rivulet.JetStream.Api.Errors;
using Rivulet.JetStream.Api.Json;
using Rivulet.JetStream.Hosting;
using Rivulet.JetStream.Streams;
using Rivulet.Protocol;

namespace Rivulet.JetStream.Buckets;

/// <summary>
/// The requests on buckets that the reference server does not have, under <c>$RV.KV.</c>: docs/guides/bucket-requests.md. Each
/// names its bucket in the subject, and may name a filter of keys behind it. An operation that is not known has no responders.
/// </summary>
internal static class BucketApi
{
    /// <summary>What all type names begin with.</summary>
    public const string TypePrefix = "io.rivulet.kv.v1.";

    /// <summary>Version of the requests. It goes up when one of them changes its meaning; new members do not raise it.</summary>
    public const int Version = 1;

    private static readonly string[] Operations = ["INFO", "LIST", "GET", "RESUME", "TOUCH"];

    /// <summary>Adds the operations to a table.</summary>
    public static void Register(ApiRouteTable routes)
    {
        routes.Add(new InlineRoute("INFO", Info));
        routes.Add(new InlineRoute("LIST.*", List));
        routes.Add(new InlineRoute("LIST.*.>", List));
        routes.Add(new InlineRoute("GET.*", Get));
        routes.Add(new InlineRoute("GET.*.>", Get));
        routes.Add(new InlineRoute("RESUME.*", Resume));
        routes.Add(new InlineRoute("TOUCH.*.>", Touch));
    }

    private static bool Info(
        JetStreamAccount account, ReadOnlySpan<byte> operation, in RoutedMessage message, DeliveryBatch batch)
    {
        if (message.Reply.IsEmpty)
            return true;
        var body = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(body, ApiJson.WriterOptions))
        {
            json.WriteStartObject();
            json.WriteString("type"u8, TypePrefix + "info_response");
            json.WriteNumber("version"u8, Version);
            json.WriteStartArray("operations"u8);
            foreach (string name in Operations)
                json.WriteStringValue(name);
            json.WriteEndArray();
            json.WriteNumber("keys_max"u8, BucketSelection.KeysMax);
            json.WriteEndObject();
        }

        account.Statistics.CountRequest(failed: false);
        account.Router.Publish(message.Reply, default, default, body.WrittenSpan, batch);
        return true;
    }

    private static bool List(
        JetStreamAccount account, ReadOnlySpan<byte> operation, in RoutedMessage message, DeliveryBatch batch)
    {
        if (message.Reply.IsEmpty)
            return true;
        Target target = Target.Of(operation, "LIST.".Length);
        var request = new BucketListRequest();
        BucketSelection? selection = null;
        ApiError? error = TryBegin(account, target, message, request, BucketListRequest.ReadMember, out JetStreamStream? stream)
            ?? BucketSelection.Read(BucketNames.SubjectPrefix(stream!.Config), target.Keys, request, null, out selection);
        if (error is null)
            new BucketListRun(stream!, request, selection!, message.Reply).Start();
        else
            Refuse(account, target, message, "list_response", default, error, batch);
        return true;
    }

    private static bool Get(
        JetStreamAccount account, ReadOnlySpan<byte> operation, in RoutedMessage message, DeliveryBatch batch)
    {
        if (message.Reply.IsEmpty)
            return true;
        Target target = Target.Of(operation, "GET.".Length);
        var request = new BucketGetRequest();
        BucketSelection? selection = null;
        ApiError? error = TryBegin(account, target, message, request, BucketGetRequest.ReadMember, out JetStreamStream? stream)
            ?? BucketSelection.Read(
                BucketNames.SubjectPrefix(stream!.Config), target.Keys, request, request.Keys, out selection);
        if (error is null)
            new BucketGetRun(stream!, request, selection!, message.Reply).Start();
        else
            Refuse(account, target, message, "get_response", "NATS/1.0 204 EOB\r\n\r\n"u8, error, batch);
        return true;
    }

    private static bool Resume(
        JetStreamAccount account, ReadOnlySpan<byte> operation, in RoutedMessage message, DeliveryBatch batch)
    {
        if (message.Reply.IsEmpty)
            return true;
        Target target = Target.Of(operation, "RESUME.".Length);
        var request = new BucketResumeRequest();
        BucketResumption resumption = default;
        ApiError? error = TryBegin(account, target, message, request, BucketResumeRequest.ReadMember, out JetStreamStream? stream)
            ?? BucketResumption.Check(stream!, request, out resumption);
        if (error is null)
            Answer(account, target, message, "resume_response", default, null, resumption, batch);
        else
            Refuse(account, target, message, "resume_response", default, error, batch);
        return true;
    }

    private static bool Touch(
        JetStreamAccount account, ReadOnlySpan<byte> operation, in RoutedMessage message, DeliveryBatch batch)
    {
        Target target = Target.Of(operation, "TOUCH.".Length);
        var request = new BucketTouchRequest();
        ApiError? error = TryBegin(account, target, message, request, BucketTouchRequest.ReadMember, out JetStreamStream? stream);
        if (error is null && (request.TtlNanos < 0 || (request.TtlNanos > 0 && request.Persist)))
            error = JetStreamError.BadRequest;
        if (error is null && request.TtlNanos is > 0 and < 1_000_000_000)
            error = JetStreamError.MessageTTLInvalid;
        if (error is null && !Subject.IsValidLiteral(target.Keys))
            error = BucketErrors.InvalidKey(Encoding.UTF8.GetString(target.Keys));
        if (error is null && stream!.Config.Mirror is not null)
            error = BucketErrors.IsMirror;
        if (error is null)
        {
            byte[] subject = [.. BucketNames.SubjectPrefix(stream!.Config), .. target.Keys];
            new BucketTouchRun(stream, request, subject, message.Reply).Start();
        }
        else
        {
            Refuse(account, target, message, "touch_response", default, error, batch);
        }

        return true;
    }

    /// <summary>Finds the bucket and reads the body. Members that are not known are an error: they would change what is asked.</summary>
    private static ApiError? TryBegin<T>(
        JetStreamAccount account,
        in Target target,
        in RoutedMessage message,
        T request,
        MemberReader<T> member,
        out JetStreamStream? stream)
        where T : class
    {
        stream = null;
        if (!ApiLevel.IsSupported(message.Headers))
            return JetStreamError.RequiredApiLevel;
        if (!TryFind(account, target.Bucket, out stream))
            return JetStreamError.StreamNotFound;
        string? mistake = RequestReader.Read(message.Payload, "BucketRequest", strict: true, request, member);
        return mistake is null ? null : JetStreamError.InvalidJSON.With(mistake);
    }

    private static bool TryFind(
        JetStreamAccount account, ReadOnlySpan<byte> bucket, [NotNullWhen(true)] out JetStreamStream? stream)
    {
        Span<byte> name = stackalloc byte[BucketNames.StreamPrefix.Length + 256];
        stream = null;
        if (bucket.Length > 256)
            return false;
        Encoding.ASCII.GetBytes(BucketNames.StreamPrefix, name);
        bucket.CopyTo(name[BucketNames.StreamPrefix.Length..]);
        return account.Directory.TryGet(name[..(BucketNames.StreamPrefix.Length + bucket.Length)], out stream);
    }

    private static void Refuse(
        JetStreamAccount account,
        in Target target,
        in RoutedMessage message,
        string type,
        ReadOnlySpan<byte> headers,
        ApiError error,
        DeliveryBatch batch)
    {
        if (!message.Reply.IsEmpty)
            Answer(account, target, message, type, headers, error, default, batch);
    }

    private static void Answer(
        JetStreamAccount account,
        in Target target,
        in RoutedMessage message,
        string type,
        ReadOnlySpan<byte> headers,
        ApiError? error,
        BucketResumption resumption,
        DeliveryBatch batch)
    {
        var body = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(body, ApiJson.WriterOptions))
        {
            json.WriteStartObject();
            json.WriteString("type"u8, TypePrefix + type);
            if (error is not null)
            {
                json.WritePropertyName("error"u8);
                JsonSerializer.Serialize(json, error, ApiJsonContext.Relaxed.ApiError);
            }

            json.WriteString("bucket"u8, target.Bucket);
            if (error is null)
            {
                json.WriteNumber("revision"u8, resumption.Revision);
                json.WriteNumber("removals"u8, resumption.Removals);
            }

            json.WriteEndObject();
        }

        account.Statistics.CountRequest(failed: error is not null);
        account.Router.Publish(message.Reply, default, headers, body.WrittenSpan, batch);
    }

    /// <summary>What a subject names behind its operation.</summary>
    private readonly ref struct Target
    {
        /// <summary>The bucket.</summary>
        public ReadOnlySpan<byte> Bucket { get; private init; }

        /// <summary>A key or filter; empty for none.</summary>
        public ReadOnlySpan<byte> Keys { get; private init; }

        public static Target Of(ReadOnlySpan<byte> operation, int start)
        {
            ReadOnlySpan<byte> rest = operation[start..];
            int dot = rest.IndexOf((byte)'.');
            return dot < 0 ? new Target { Bucket = rest } : new Target { Bucket = rest[..dot], Keys = rest[(dot + 1)..] };
        }
    }
}
