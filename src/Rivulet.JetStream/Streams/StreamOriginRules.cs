using System.Globalization;
using System.Text;
using Rivulet.JetStream.Api.Errors;
using Rivulet.Protocol;

namespace Rivulet.JetStream.Streams;

/// <summary>Checks what a stream says about the streams that it copies from: its mirror or its sources.</summary>
internal static class StreamOriginRules
{
    /// <summary>Checks mirror and sources.</summary>
    /// <returns>Why the configuration is refused, or <c>null</c>.</returns>
    public static ApiError? Check(JetStreamAccount account, StreamConfig config, bool pedantic) =>
        CheckMirror(account, config, pedantic) ?? CheckSources(account, config) ?? CheckExternals(config);

    private static ApiError? CheckMirror(JetStreamAccount account, StreamConfig config, bool pedantic)
    {
        if (config.Mirror is not { } mirror)
            return null;
        ApiError? error = config switch
        {
            { FirstSequence: > 0 } => JetStreamError.MirrorWithFirstSeq,
            { Subjects: not null } => JetStreamError.MirrorWithSubjects,
            { Sources: not null } => JetStreamError.MirrorWithSources,
            { AllowCounter: true } => JetStreamError.MirrorWithCounters,
            { AllowAtomicPublish: true } => JetStreamError.MirrorWithAtomicPublish,
            { AllowBatchPublish: true } => JetStreamError.MirrorWithBatchPublish,
            { AllowSchedules: true } => JetStreamError.MirrorWithMsgSchedules,
            _ => null,
        };
        if (error is not null)
            return error;
        if (!IsConsumerUsable(mirror))
            return JetStreamError.MirrorDurableConsumerCfgInvalid;
        if (mirror is { FilterSubject: not null, SubjectTransforms: not null })
            return JetStreamError.MirrorMultipleFiltersNotAllowed;
        if (config.SubjectDeleteMarkerTtlNanos > 0)
            return StreamConfigRules.Invalid("subject delete markers forbidden on mirrors");
        if (FilterError(mirror) is { } filter)
            return JetStreamError.MirrorInvalidSubjectFilter.With(filter);
        if (HasOverlap(mirror, Subject.Overlaps))
            return JetStreamError.MirrorOverlappingSubjectFilters;
        if (mirror.External is not null)
            return null;
        if (!StreamConfigRules.IsAssetName(mirror.Name))
            return JetStreamError.MirrorInvalidStreamName;
        return CheckMirrorOrigin(account, config, mirror, pedantic);
    }

    private static ApiError? CheckMirrorOrigin(
        JetStreamAccount account, StreamConfig config, StreamSource mirror, bool pedantic)
    {
        if (!account.TryGetStream(mirror.Name, out JetStreamStream? origin))
            return null;
        if (IsTooSmall(config, origin))
            return JetStreamError.MirrorMaxMessageSizeTooBig;
        if (pedantic && config.MirrorDirect != origin.Config.AllowDirect)
            return JetStreamError.Pedantic.With("origin stream has direct get set, mirror has it disabled");
        config.MirrorDirect = origin.Config.AllowDirect;
        return null;
    }

    private static ApiError? CheckSources(JetStreamAccount account, StreamConfig config)
    {
        if (config.Sources is not { } sources)
            return null;
        if (config.AllowSchedules)
            return JetStreamError.SourceWithMsgSchedules;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (StreamSource source in sources)
        {
            ApiError? error = CheckSource(account, config, source, seen);
            if (error is not null)
                return error;
        }

        return null;
    }

    private static ApiError? CheckSource(
        JetStreamAccount account, StreamConfig config, StreamSource source, HashSet<string> seen)
    {
        if (!StreamConfigRules.IsAssetName(source.Name))
            return JetStreamError.SourceInvalidStreamName;
        if (!seen.Add(Fingerprint(source)))
            return JetStreamError.SourceDuplicateDetected;
        if (source is { FilterSubject: not null, SubjectTransforms: not null })
            return JetStreamError.SourceMultipleFiltersNotAllowed;
        if (FilterError(source) is { } filter)
            return JetStreamError.SourceInvalidSubjectFilter.With(filter);
        if (HasOverlap(source, Subject.IsSubset))
            return JetStreamError.SourceOverlappingSubjectFilters;
        if (!IsConsumerUsable(source))
            return JetStreamError.SourceDurableConsumerCfgInvalid;
        bool visible = source.External is null & account.TryGetStream(source.Name, out JetStreamStream? origin);
        return visible && IsTooSmall(config, origin!) ? JetStreamError.SourceMaxMessageSizeTooBig : null;
    }

    private static ApiError? CheckExternals(StreamConfig config)
    {
        IEnumerable<StreamSource> origins = config.Sources ?? [];
        if (config.Mirror is { } mirror)
            origins = origins.Prepend(mirror);
        foreach (ExternalStream external in origins.Select(origin => origin.External).OfType<ExternalStream>())
        {
            byte[] deliver = Encoding.UTF8.GetBytes(external.DeliverPrefix);
            if (deliver.Length > 0 && !Subject.IsValidLiteral(deliver))
                return JetStreamError.StreamInvalidExternalDeliverySubj.With(external.DeliverPrefix);
            byte[] api = Encoding.UTF8.GetBytes(external.ApiPrefix);
            if (api.Length == 0)
                continue;
            if (!Subject.IsValidLiteral(api))
            {
                return StreamConfigRules.Invalid(
                    $"stream external api prefix \"{external.ApiPrefix}\" must be a valid subject without wildcards");
            }

            if (Subject.Overlaps(api, "$JS.API"u8))
                return JetStreamError.StreamExternalApiOverlap.With(external.ApiPrefix, "$JS.API");
        }

        return null;
    }

    private static bool IsTooSmall(StreamConfig config, JetStreamStream origin) =>
        config.MaxMessageBytes > 0 && origin.Config.MaxMessageBytes > config.MaxMessageBytes;

    private static bool IsConsumerUsable(StreamSource origin)
    {
        if (origin.Consumer is not { } consumer)
            return true;
        return StreamConfigRules.IsAssetName(consumer.Name ?? "")
            && Subject.IsValidLiteral(Encoding.UTF8.GetBytes(consumer.DeliverSubject ?? ""))
            && origin is { StartSequence: 0, StartTimeNanos: null, FilterSubject: null };
    }

    private static string? FilterError(StreamSource origin)
    {
        foreach (SubjectTransformConfig transform in origin.SubjectTransforms ?? [])
        {
            if (transform.Source.Length > 0 && !Subject.IsValidSubscription(Encoding.UTF8.GetBytes(transform.Source)))
                return $"invalid subject {transform.Source}";
        }

        return null;
    }

    private static bool HasOverlap(StreamSource origin, SubjectTest test)
    {
        IReadOnlyList<SubjectTransformConfig> transforms = origin.SubjectTransforms ?? [];
        for (int i = 0; i < transforms.Count; i++)
        {
            for (int j = 0; j < transforms.Count; j++)
            {
                byte[] a = Encoding.UTF8.GetBytes(transforms[i].Source);
                if (i != j && test(a, Encoding.UTF8.GetBytes(transforms[j].Source)))
                    return true;
            }
        }

        return false;
    }

    /// <summary>What tells two sources apart: origin, filter, transforms and where it is.</summary>
    private static string Fingerprint(StreamSource source)
    {
        IEnumerable<string> transforms = (source.SubjectTransforms ?? []).Select(t => $"{t.Source} {t.Destination}");
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{source.Name}\n{source.External?.ApiPrefix}\n{source.FilterSubject}\n{string.Join('\n', transforms)}");
    }

    private delegate bool SubjectTest(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b);
}
