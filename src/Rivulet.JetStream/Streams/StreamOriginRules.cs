using System.Text;
using Rivulet.JetStream.Api.Errors;
using Rivulet.JetStream.Api.Json;
using Rivulet.JetStream.Origins;
using Rivulet.Protocol;

namespace Rivulet.JetStream.Streams;

/// <summary>Checks what a stream says about the streams that it copies from: its mirror or its sources. In the reference's order.</summary>
internal sealed class StreamOriginRules
{
    private readonly JetStreamAccount _account;
    private readonly StreamConfig _config;
    private readonly List<string> _originSubjects = [];

    private StreamOriginRules(JetStreamAccount account, StreamConfig config)
    {
        _account = account;
        _config = config;
    }

    private delegate bool SubjectTest(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b);

    /// <summary>Checks mirror and sources.</summary>
    /// <returns>Why the configuration is refused, or <c>null</c>.</returns>
    public static ApiError? Check(JetStreamAccount account, StreamConfig config, bool pedantic)
    {
        var rules = new StreamOriginRules(account, config);
        return rules.CheckMirror(pedantic)
            ?? rules.CheckSources()
            ?? rules.CheckDeliverPrefixes()
            ?? rules.CheckApiPrefixes()
            ?? StreamCycleRule.Check(account, config);
    }

    /// <summary>What is only found out when a stream is about to be created: filters that are no filters.</summary>
    /// <returns>What is wrong, or <c>null</c>.</returns>
    public static string? FindBadFilter(StreamConfig config)
    {
        if (config.Mirror is { SubjectTransforms: null, FilterSubject: { } filter } && !IsFilter(filter))
            return $"subject filter '{filter}' for the mirror invalid subject";
        foreach (StreamSource source in config.Sources ?? [])
        {
            if (source is { SubjectTransforms: null, FilterSubject: { } taken } && !IsFilter(taken))
                return $"subject filter '{taken}' for the source: invalid subject";
        }

        return null;
    }

    private ApiError? CheckMirror(bool pedantic)
    {
        if (_config.Mirror is not { } mirror)
            return null;
        ApiError? error = _config switch
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
        if (_config.SubjectDeleteMarkerTtlNanos > 0)
            return StreamConfigRules.Invalid("subject delete markers forbidden on mirrors");
        if (CheckMirrorTransforms(mirror) is { } refusal)
            return refusal;
        if (mirror.External is not null)
            return null;
        return StreamConfigRules.IsAssetName(mirror.Name)
            ? CheckMirrorOrigin(mirror, pedantic)
            : JetStreamError.MirrorInvalidStreamName;
    }

    private static ApiError? CheckMirrorTransforms(StreamSource mirror)
    {
        IReadOnlyList<SubjectTransformConfig> transforms = mirror.SubjectTransforms ?? [];
        foreach (SubjectTransformConfig transform in transforms)
        {
            if (transform.Source.Length > 0 && !IsFilter(transform.Source))
                return JetStreamError.MirrorInvalidSubjectFilter.With("invalid subject " + transform.Source);
            if (FindMistake(transform) is { } mistake)
                return JetStreamError.MirrorInvalidTransformDestination.With(mistake);
            if (HasOverlap(transforms, transform, Subject.Overlaps))
                return JetStreamError.MirrorOverlappingSubjectFilters;
        }

        return null;
    }

    private ApiError? CheckMirrorOrigin(StreamSource mirror, bool pedantic)
    {
        if (!_account.TryGetStream(mirror.Name, out JetStreamStream? origin))
            return null;
        _originSubjects.AddRange(origin.Config.Subjects ?? []);
        if (IsTooSmall(origin))
            return JetStreamError.MirrorMaxMessageSizeTooBig;
        if (pedantic && _config.MirrorDirect != origin.Config.AllowDirect)
            return JetStreamError.Pedantic.With("origin stream has direct get set, mirror has it disabled");
        _config.MirrorDirect = origin.Config.AllowDirect;
        return null;
    }

    private ApiError? CheckSources()
    {
        if (_config.Sources is not { } sources)
            return null;
        if (_config.AllowSchedules)
            return JetStreamError.SourceWithMsgSchedules;
        var indexes = new HashSet<string>(StringComparer.Ordinal);
        var consumers = new HashSet<string>(StringComparer.Ordinal);
        foreach (StreamSource source in sources)
        {
            ApiError? error = CheckSource(source, indexes, consumers);
            if (error is not null)
                return error;
        }

        return null;
    }

    private ApiError? CheckSource(StreamSource source, HashSet<string> indexes, HashSet<string> consumers)
    {
        if (!StreamConfigRules.IsAssetName(source.Name))
            return JetStreamError.SourceInvalidStreamName;
        if (!indexes.Add(OriginNames.IndexOf(source)))
            return JetStreamError.SourceDuplicateDetected;
        if (source is { FilterSubject: not null, SubjectTransforms: not null })
            return JetStreamError.SourceMultipleFiltersNotAllowed;
        if (CheckSourceTransforms(source) is { } refusal)
            return refusal;
        if (!IsConsumerUsable(source))
            return JetStreamError.SourceDurableConsumerCfgInvalid;
        if (source.Consumer is not null && !consumers.Add(OriginNames.ConsumerIndexOf(source)))
            return JetStreamError.SourceDurableConsumerDuplicateDetected;
        if (source.External is not null || !_account.TryGetStream(source.Name, out JetStreamStream? origin))
            return null;
        _originSubjects.AddRange(origin.Config.Subjects ?? []);
        return IsTooSmall(origin) ? JetStreamError.SourceMaxMessageSizeTooBig : null;
    }

    private static ApiError? CheckSourceTransforms(StreamSource source)
    {
        IReadOnlyList<SubjectTransformConfig> transforms = source.SubjectTransforms ?? [];
        foreach (SubjectTransformConfig transform in transforms)
        {
            if (transform.Source.Length > 0 && !IsFilter(transform.Source))
                return JetStreamError.SourceInvalidSubjectFilter.With("invalid subject " + transform.Source);
            if (FindMistake(transform) is { } mistake)
                return JetStreamError.SourceInvalidTransformDestination.With(mistake);
        }

        bool overlaps = transforms.Any(transform => HasOverlap(transforms, transform, Subject.IsSubset));
        return overlaps ? JetStreamError.SourceOverlappingSubjectFilters : null;
    }

    private ApiError? CheckDeliverPrefixes()
    {
        foreach (string prefix in Externals().Select(external => external.DeliverPrefix).Where(prefix => prefix.Length > 0))
        {
            if (!Subject.IsValidLiteral(Bytes(prefix)))
                return JetStreamError.StreamInvalidExternalDeliverySubj.With(prefix);
            foreach (string subject in _originSubjects)
            {
                if (Subject.Overlaps(Bytes(subject), Bytes($"{prefix}.{subject}")))
                    return JetStreamError.StreamExternalDelPrefixOverlaps.With(prefix, subject);
            }
        }

        return null;
    }

    private ApiError? CheckApiPrefixes()
    {
        foreach (string prefix in Externals().Select(external => external.ApiPrefix).Where(prefix => prefix.Length > 0))
        {
            if (!Subject.IsValidLiteral(Bytes(prefix)))
            {
                return StreamConfigRules.Invalid(
                    $"stream external api prefix {GoText.Quote(prefix)} must be a valid subject without wildcards");
            }

            if (Subject.Overlaps(Bytes(prefix), "$JS.API"u8))
                return JetStreamError.StreamExternalApiOverlap.With(prefix, "$JS.API");
        }

        return null;
    }

    private IEnumerable<ExternalStream> Externals()
    {
        IEnumerable<StreamSource> origins = _config.Sources ?? [];
        if (_config.Mirror is { } mirror)
            origins = origins.Prepend(mirror);
        return origins.Select(origin => origin.External).OfType<ExternalStream>();
    }

    private bool IsTooSmall(JetStreamStream origin) =>
        _config.MaxMessageBytes > 0 && origin.Config.MaxMessageBytes > _config.MaxMessageBytes;

    private static bool IsConsumerUsable(StreamSource origin)
    {
        if (origin.Consumer is not { } consumer)
            return true;
        return StreamConfigRules.IsAssetName(consumer.Name ?? "")
            && Subject.IsValidLiteral(Bytes(consumer.DeliverSubject ?? ""))
            && origin is { StartSequence: 0, StartTimeNanos: null, FilterSubject: null };
    }

    private static string? FindMistake(SubjectTransformConfig transform)
    {
        (string source, string destination) = (transform.Source, transform.Destination);
        if (destination.Length == 0)
            return null;
        return TransformTokenParser.CheckTemplate(destination) ?? SubjectTransform.Parse(source, destination, out _);
    }

    private static bool HasOverlap(
        IReadOnlyList<SubjectTransformConfig> transforms, SubjectTransformConfig transform, SubjectTest test) =>
        transforms.Any(other =>
            !ReferenceEquals(other, transform) && test(Bytes(transform.Source), Bytes(other.Source)));

    private static bool IsFilter(string filter) => Subject.IsValidSubscription(Bytes(filter));

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
