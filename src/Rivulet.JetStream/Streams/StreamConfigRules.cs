using System.Buffers;
using System.Text;
using Rivulet.JetStream.Api.Errors;
using Rivulet.JetStream.Api.Json;

namespace Rivulet.JetStream.Streams;

/// <summary>
/// Checks a stream configuration and fills in its defaults. Checks run in the reference's order, because the first that
/// fails gives the error.
/// </summary>
internal sealed class StreamConfigRules
{
    private const int NameLengthMax = 255;
    private const int DescriptionLengthMax = 4096;
    private const int MetadataBytesMax = 128 * 1024;
    private const int ReplicasMax = 5;
    private const long NanosPerMillisecond = 1_000_000;
    private const long NanosPerSecond = 1_000_000_000;
    private const long DefaultDuplicateWindowNanos = 120 * NanosPerSecond;

    private static readonly SearchValues<char> NotInNames = SearchValues.Create(" \t\r\n\f.*>\\/");

    private readonly JetStreamAccount _account;
    private readonly bool _pedantic;
    private readonly StreamConfig _config;

    private StreamConfigRules(JetStreamAccount account, StreamConfig config, bool pedantic)
    {
        _account = account;
        _pedantic = pedantic;
        _config = config;
    }

    /// <summary>Checks a configuration.</summary>
    /// <param name="account">Account of the stream.</param>
    /// <param name="requested">What was asked for; stays as it is.</param>
    /// <param name="pedantic">Whether to refuse what would have to be adjusted.</param>
    /// <param name="config">A copy with its defaults filled in.</param>
    /// <returns>Why it is refused, or <c>null</c>.</returns>
    public static ApiError? Check(
        JetStreamAccount account, StreamConfig requested, bool pedantic, out StreamConfig config)
    {
        config = requested with { };
        var rules = new StreamConfigRules(account, config, pedantic);
        return rules.CheckTexts()
            ?? rules.CheckReplicas()
            ?? rules.FillLimits()
            ?? rules.CheckTimes()
            ?? rules.CheckFeatures()
            ?? rules.CheckMarkers()
            ?? rules.CheckPersistence()
            ?? StreamOriginRules.Check(account, config, pedantic)
            ?? StreamSubjectRules.Check(config)
            ?? rules.CheckAccountLimits()
            ?? StreamSubjectRules.CheckTransform(config)
            ?? StreamSubjectRules.CheckRepublish(config, pedantic)
            ?? rules.CheckPlacement();
    }

    /// <summary>Error 10052 with a text.</summary>
    internal static ApiError Invalid(string text) => JetStreamError.StreamInvalidConfig.With(text);

    /// <summary>Whether a stream, consumer or origin may have this name.</summary>
    internal static bool IsAssetName(string name) => name.Length > 0 && !name.AsSpan().ContainsAny(NotInNames);

    private ApiError? CheckTexts()
    {
        if (!IsAssetName(_config.Name))
            return Invalid(@"stream name is required and can not contain '.', '*', '>', '\', '/'");
        if (Encoding.UTF8.GetByteCount(_config.Name) > NameLengthMax)
            return Invalid("stream name is too long, maximum allowed is 255");
        if (_config.Description is { } description && Encoding.UTF8.GetByteCount(description) > DescriptionLengthMax)
            return Invalid("stream description is too long, maximum allowed is 4096");
        int metadataBytes = _config.Metadata?
            .Sum(pair => Encoding.UTF8.GetByteCount(pair.Key) + Encoding.UTF8.GetByteCount(pair.Value)) ?? 0;
        return metadataBytes > MetadataBytesMax ? Invalid("stream metadata exceeds maximum size of 131072 bytes") : null;
    }

    private ApiError? CheckReplicas()
    {
        if (_config.Replicas == 0)
            _config.Replicas = 1;
        if (_config.Replicas > ReplicasMax)
            return Invalid("maximum replicas is 5");
        return _config.Replicas < 0 ? JetStreamError.ReplicasCountCannotBeNegative : null;
    }

    private ApiError? FillLimits()
    {
        ApiError? error = null;
        _config.MaxMessages = Limit(_config.MaxMessages, "max_msgs", ref error);
        _config.MaxMessagesPerSubject = Limit(_config.MaxMessagesPerSubject, "max_msgs_per_subject", ref error);
        _config.MaxBytes = Limit(_config.MaxBytes, "max_bytes", ref error);
        _config.MaxMessageBytes = (int)Limit(_config.MaxMessageBytes, "max_msg_size", ref error);
        _config.MaxConsumers = Limit(_config.MaxConsumers, "max_consumers", ref error);
        return error;
    }

    private long Limit(long value, string name, ref ApiError? error)
    {
        if (_pedantic && value < -1)
            error ??= JetStreamError.Pedantic.With($"{name} must be set to -1");
        return value is 0 or < -1 ? -1 : value;
    }

    private ApiError? CheckTimes()
    {
        if (_config.MaxAgeNanos < 0)
            return Invalid("max age can not be negative");
        if (_config.MaxAgeNanos is not 0 and < 100 * NanosPerMillisecond)
            return Invalid("max age needs to be >= 100ms");
        if (FillDuplicateWindow() is { } error)
            return error;

        long serverMax = _account.Engine.Options.DuplicateWindowMax.Ticks * 100;
        long window = _config.DuplicateWindowNanos;
        if (window < 0)
            return Invalid("duplicates window can not be negative");
        if (_config.MaxAgeNanos != 0 && window > _config.MaxAgeNanos)
            return Invalid("duplicates window can not be larger then max age");
        if (serverMax > 0 && window > serverMax)
            return Invalid($"duplicates window can not be larger then server limit of {DurationText.Format(serverMax)}");
        return window is > 0 and < 100 * NanosPerMillisecond ? Invalid("duplicates window needs to be >= 100ms") : null;
    }

    private ApiError? FillDuplicateWindow()
    {
        if (_config.DuplicateWindowNanos != 0 || _config.Mirror is not null || _config.Sources is not null)
            return null;
        long window = DefaultDuplicateWindowNanos;
        long serverMax = _account.Engine.Options.DuplicateWindowMax.Ticks * 100;
        if (serverMax > 0 && window > serverMax)
        {
            if (_pedantic)
                return JetStreamError.Pedantic.With("duplicate window limits are higher than current limits");
            window = serverMax;
        }

        if (_config.MaxAgeNanos != 0 && _config.MaxAgeNanos < window)
        {
            if (_pedantic)
                return JetStreamError.Pedantic.With("duplicate window cannot be bigger than max age");
            window = _config.MaxAgeNanos;
        }

        _config.DuplicateWindowNanos = window;
        return null;
    }

    private ApiError? CheckFeatures()
    {
        if (_config.DenyPurge && _config.AllowRollup)
            return Invalid("roll-ups require the purge permission");
        if (_config.AllowCounter)
        {
            if (_config.Discard == DiscardPolicy.New)
                return Invalid("counter stream cannot use discard new");
            if (_config.AllowMessageTtl)
                return Invalid("counter stream cannot use message TTLs");
            if (_config.AllowSchedules)
                return Invalid("counter stream cannot use message schedules");
            if (_config.Retention != RetentionPolicy.Limits)
                return Invalid("counter stream can only use limits retention");
        }

        if (_config.DiscardNewPerSubject)
        {
            if (_config.Discard != DiscardPolicy.New)
                return Invalid("discard new per subject requires discard new policy to be set");
            if (_config.MaxMessagesPerSubject <= 0)
                return Invalid("discard new per subject requires max msgs per subject > 0");
        }

        return null;
    }

    private ApiError? CheckMarkers()
    {
        if (_config.SubjectDeleteMarkerTtlNanos < 0)
            return Invalid("subject delete marker TTL must not be negative");
        if (_config.SubjectDeleteMarkerTtlNanos > 0)
        {
            if (_config.SubjectDeleteMarkerTtlNanos < NanosPerSecond)
                return Invalid("subject delete marker TTL must be at least 1 second");
            if (!_config.AllowMessageTtl && _pedantic)
                return Invalid("subject delete marker cannot be set if message TTLs are disabled");
            _config.AllowMessageTtl = true;
            if (AllowRollups("subject delete marker cannot be set if roll-ups are disabled") is { } error)
                return error;
        }

        if (!_config.AllowSchedules)
            return null;
        return _config.Discard == DiscardPolicy.New
            ? Invalid("message scheduling cannot use discard new")
            : AllowRollups("message scheduling cannot be set if roll-ups are disabled");
    }

    private ApiError? AllowRollups(string refusal)
    {
        if (_config.AllowRollup)
            return null;
        if (_pedantic)
            return Invalid(refusal);
        (_config.AllowRollup, _config.DenyPurge) = (true, false);
        return null;
    }

    private ApiError? CheckPersistence()
    {
        if (_config.PersistMode != PersistMode.Async)
            return null;
        if (_config.Storage != StorageType.File)
            return Invalid("async persist mode is only supported on file storage");
        if (_config.Replicas > 1)
            return Invalid("async persist mode is not supported on replicated streams");
        return _config.AllowAtomicPublish
            ? Invalid("async persist mode is not supported with atomic batch publish")
            : null;
    }

    private ApiError? CheckAccountLimits()
    {
        if (_account.Limits.MaxBytesRequired && _config.MaxBytes <= 0)
            return JetStreamError.StreamMaxBytesRequired;
        long max = _config.Storage == StorageType.Memory
            ? _account.Limits.MemoryMaxStreamBytes
            : _account.Limits.StoreMaxStreamBytes;
        return max > 0 && _config.MaxBytes > max ? JetStreamError.StreamMaxStreamBytesExceeded : null;
    }

    private ApiError? CheckPlacement()
    {
        if (_config.Placement is { Cluster: null, Tags: null, Preferred: null })
            _config.Placement = null;
        return _config.Placement?.Preferred is not null ? Invalid("preferred server not permitted in placement") : null;
    }
}
