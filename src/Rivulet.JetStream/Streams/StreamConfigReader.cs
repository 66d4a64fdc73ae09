using Rivulet.JetStream.Api.Json;

namespace Rivulet.JetStream.Streams;

/// <summary>A stream configuration as a create or update request brings it, with what belongs to the request alone.</summary>
internal sealed class StreamConfigRequest
{
    /// <summary>The configuration.</summary>
    public StreamConfig Config { get; } = new();

    /// <summary>Whether the server must refuse what it would otherwise adjust.</summary>
    public bool Pedantic { get; set; }
}

/// <summary>Reads stream configurations from JSON.</summary>
internal static class StreamConfigReader
{
    /// <summary>Reads the body of a create or update request.</summary>
    /// <returns>The error text, or <c>null</c>.</returns>
    public static string? Read(ReadOnlySpan<byte> body, bool strict, StreamConfigRequest into) =>
        RequestReader.Read(body, "StreamConfigRequest", strict, into, ReadRequestMember);

    /// <summary>Reads a stored configuration. Members of later versions are passed over.</summary>
    /// <returns>The error text, or <c>null</c>.</returns>
    public static string? ReadStored(ReadOnlySpan<byte> json, StreamConfig into) =>
        RequestReader.Read(json, "StreamConfig", strict: false, into, ReadMember);

    /// <summary>Reads one member of a stream configuration.</summary>
    public static bool ReadMember(ref RequestReader json, StreamConfig c) =>
        ReadIdentity(ref json, c) || ReadLimit(ref json, c) || ReadFlag(ref json, c) || ReadPart(ref json, c);

    private static bool ReadRequestMember(ref RequestReader json, StreamConfigRequest request)
    {
        if (!json.Is("pedantic"))
            return ReadMember(ref json, request.Config);
        request.Pedantic = json.Bool(request.Pedantic);
        return true;
    }

    private static bool ReadIdentity(ref RequestReader json, StreamConfig c)
    {
        if (json.Is("name"))
            c.Name = json.String(c.Name);
        else if (json.Is("description"))
            c.Description = NullIfEmpty(json.String(c.Description ?? ""));
        else if (json.Is("subjects"))
            c.Subjects = json.Strings() is { Count: > 0 } subjects ? subjects : null;
        else if (json.Is("retention"))
            c.Retention = json.Word(Retentions, c.Retention);
        else if (json.Is("discard"))
            c.Discard = json.Word(Discards, c.Discard);
        else if (json.Is("storage"))
            c.Storage = json.Word(Storages, c.Storage);
        else if (json.Is("compression"))
            c.Compression = json.Word(Compressions, c.Compression, "unknown compression algorithm");
        else if (json.Is("persist_mode"))
            c.PersistMode = json.Word(PersistModes, c.PersistMode);
        else if (json.Is("metadata"))
            c.Metadata = json.StringMap(c.Metadata) is { Count: > 0 } metadata ? metadata : null;
        else
            return false;
        return true;
    }

    private static bool ReadLimit(ref RequestReader json, StreamConfig c)
    {
        if (json.Is("max_consumers"))
            c.MaxConsumers = json.Int(c.MaxConsumers);
        else if (json.Is("max_msgs"))
            c.MaxMessages = json.Int64(c.MaxMessages);
        else if (json.Is("max_bytes"))
            c.MaxBytes = json.Int64(c.MaxBytes);
        else if (json.Is("max_age"))
            c.MaxAgeNanos = json.Duration(c.MaxAgeNanos);
        else if (json.Is("max_msgs_per_subject"))
            c.MaxMessagesPerSubject = json.Int64(c.MaxMessagesPerSubject);
        else if (json.Is("max_msg_size"))
            c.MaxMessageBytes = json.Int32(c.MaxMessageBytes);
        else if (json.Is("num_replicas"))
            c.Replicas = json.Int(c.Replicas);
        else if (json.Is("duplicate_window"))
            c.DuplicateWindowNanos = json.Duration(c.DuplicateWindowNanos);
        else if (json.Is("first_seq"))
            c.FirstSequence = json.UInt64(c.FirstSequence);
        else if (json.Is("subject_delete_marker_ttl"))
            c.SubjectDeleteMarkerTtlNanos = json.Duration(c.SubjectDeleteMarkerTtlNanos);
        else
            return false;
        return true;
    }

    private static bool ReadFlag(ref RequestReader json, StreamConfig c)
    {
        if (json.Is("no_ack"))
            c.NoAck = json.Bool(c.NoAck);
        else if (json.Is("allow_direct"))
            c.AllowDirect = json.Bool(c.AllowDirect);
        else if (json.Is("mirror_direct"))
            c.MirrorDirect = json.Bool(c.MirrorDirect);
        else if (json.Is("discard_new_per_subject"))
            c.DiscardNewPerSubject = json.Bool(c.DiscardNewPerSubject);
        else if (json.Is("sealed"))
            c.Sealed = json.Bool(c.Sealed);
        else if (json.Is("deny_delete"))
            c.DenyDelete = json.Bool(c.DenyDelete);
        else if (json.Is("deny_purge"))
            c.DenyPurge = json.Bool(c.DenyPurge);
        else if (json.Is("allow_rollup_hdrs"))
            c.AllowRollup = json.Bool(c.AllowRollup);
        else if (json.Is("allow_msg_ttl"))
            c.AllowMessageTtl = json.Bool(c.AllowMessageTtl);
        else if (json.Is("allow_msg_counter"))
            c.AllowCounter = json.Bool(c.AllowCounter);
        else if (json.Is("allow_atomic"))
            c.AllowAtomicPublish = json.Bool(c.AllowAtomicPublish);
        else if (json.Is("allow_msg_schedules"))
            c.AllowSchedules = json.Bool(c.AllowSchedules);
        else if (json.Is("allow_batched"))
            c.AllowBatchPublish = json.Bool(c.AllowBatchPublish);
        else
            return false;
        return true;
    }

    private static bool ReadPart(ref RequestReader json, StreamConfig c)
    {
        if (json.Is("placement"))
            c.Placement = json.Object(c.Placement, "server.Placement", ReadPlacementMember);
        else if (json.Is("mirror"))
            c.Mirror = json.Object(c.Mirror, "server.StreamSource", ReadSourceMember);
        else if (json.Is("sources"))
            c.Sources = json.Objects<StreamSource>("server.StreamSource", ReadSourceMember) is { Count: > 0 } s ? s : null;
        else if (json.Is("subject_transform"))
            c.SubjectTransform = json.Object(c.SubjectTransform, "server.SubjectTransformConfig", ReadTransformMember);
        else if (json.Is("republish"))
            c.Republish = json.Object(c.Republish, "server.RePublish", ReadRepublishMember);
        else if (json.Is("consumer_limits"))
            json.Members(c.ConsumerLimits, ReadConsumerLimitsMember, "server.StreamConsumerLimits");
        else
            return false;
        return true;
    }

    private static bool ReadConsumerLimitsMember(ref RequestReader json, StreamConsumerLimits limits)
    {
        if (json.Is("inactive_threshold"))
            limits.InactiveThresholdNanos = json.Duration(limits.InactiveThresholdNanos);
        else if (json.Is("max_ack_pending"))
            limits.MaxAckPending = json.Int(limits.MaxAckPending);
        else
            return false;
        return true;
    }

    private static bool ReadPlacementMember(ref RequestReader json, StreamPlacement placement)
    {
        if (json.Is("cluster"))
            placement.Cluster = NullIfEmpty(json.String(placement.Cluster ?? ""));
        else if (json.Is("tags"))
            placement.Tags = json.Strings() is { Count: > 0 } tags ? tags : null;
        else if (json.Is("preferred"))
            placement.Preferred = NullIfEmpty(json.String(placement.Preferred ?? ""));
        else
            return false;
        return true;
    }

    private static bool ReadSourceMember(ref RequestReader json, StreamSource source)
    {
        if (json.Is("name"))
            source.Name = json.String(source.Name);
        else if (json.Is("opt_start_seq"))
            source.StartSequence = json.UInt64(source.StartSequence);
        else if (json.Is("opt_start_time"))
            source.StartTimeNanos = json.Time();
        else if (json.Is("filter_subject"))
            source.FilterSubject = NullIfEmpty(json.String(source.FilterSubject ?? ""));
        else if (json.Is("subject_transforms"))
            source.SubjectTransforms = ReadTransforms(ref json);
        else if (json.Is("external"))
            source.External = json.Object(source.External, "server.ExternalStream", ReadExternalMember);
        else if (json.Is("consumer"))
            source.Consumer = json.Object(source.Consumer, "server.StreamConsumerSource", ReadConsumerSourceMember);
        else
            return false;
        return true;
    }

    private static IReadOnlyList<SubjectTransformConfig>? ReadTransforms(ref RequestReader json) =>
        json.Objects<SubjectTransformConfig>("server.SubjectTransformConfig", ReadTransformMember) is { Count: > 0 } list
            ? list
            : null;

    private static bool ReadTransformMember(ref RequestReader json, SubjectTransformConfig transform)
    {
        if (json.Is("src"))
            transform.Source = json.String(transform.Source);
        else if (json.Is("dest"))
            transform.Destination = json.String(transform.Destination);
        else
            return false;
        return true;
    }

    private static bool ReadRepublishMember(ref RequestReader json, RepublishConfig republish)
    {
        if (json.Is("src"))
            republish.Source = NullIfEmpty(json.String(republish.Source ?? ""));
        else if (json.Is("dest"))
            republish.Destination = json.String(republish.Destination);
        else if (json.Is("headers_only"))
            republish.HeadersOnly = json.Bool(republish.HeadersOnly);
        else
            return false;
        return true;
    }

    private static bool ReadExternalMember(ref RequestReader json, ExternalStream external)
    {
        if (json.Is("api"))
            external.ApiPrefix = json.String(external.ApiPrefix);
        else if (json.Is("deliver"))
            external.DeliverPrefix = json.String(external.DeliverPrefix);
        else
            return false;
        return true;
    }

    private static bool ReadConsumerSourceMember(ref RequestReader json, StreamConsumerSource consumer)
    {
        if (json.Is("name"))
            consumer.Name = NullIfEmpty(json.String(consumer.Name ?? ""));
        else if (json.Is("deliver_subject"))
            consumer.DeliverSubject = NullIfEmpty(json.String(consumer.DeliverSubject ?? ""));
        else
            return false;
        return true;
    }

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;

    private static readonly (string, RetentionPolicy)[] Retentions =
        [("limits", RetentionPolicy.Limits), ("interest", RetentionPolicy.Interest), ("workqueue", RetentionPolicy.WorkQueue)];

    private static readonly (string, DiscardPolicy)[] Discards = [("old", DiscardPolicy.Old), ("new", DiscardPolicy.New)];

    private static readonly (string, StorageType)[] Storages =
        [("memory", StorageType.Memory), ("file", StorageType.File)];

    private static readonly (string, StoreCompression)[] Compressions =
        [("none", StoreCompression.None), ("s2", StoreCompression.S2)];

    private static readonly (string, PersistMode)[] PersistModes =
        [("default", PersistMode.Default), ("", PersistMode.Default), ("async", PersistMode.Async)];
}
