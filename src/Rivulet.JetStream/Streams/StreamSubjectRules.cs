using System.Text;
using Rivulet.JetStream.Api.Errors;
using Rivulet.JetStream.Api.Json;
using Rivulet.Protocol;

namespace Rivulet.JetStream.Streams;

/// <summary>Checks the subjects that a stream captures, stores under and republishes to.</summary>
internal static class StreamSubjectRules
{
    private static readonly byte[][] ApiSpaces = [.. "$JS.>,$JSC.>,$NRG.>".Split(',').Select(Encoding.ASCII.GetBytes)];

    /// <summary>Checks the subjects, and fills in the stream's name if there are none and no origin either.</summary>
    public static ApiError? Check(StreamConfig config)
    {
        if (config.Subjects is not { } subjects)
        {
            if (config.Mirror is null && config.Sources is null)
                config.Subjects = [config.Name];
            return null;
        }

        byte[][] bytes = [.. subjects.Select(Encoding.UTF8.GetBytes)];
        for (int i = 0; i < bytes.Length; i++)
        {
            if (CheckSubject(config, bytes[i]) is { } error)
                return error;
            for (int j = i + 1; j < bytes.Length; j++)
            {
                if (Subject.Overlaps(bytes[j], bytes[i]))
                    return Invalid($"subject {GoText.Quote(subjects[i])} overlaps with {GoText.Quote(subjects[j])}");
            }
        }

        return null;
    }

    /// <summary>Checks how the stream renames what it captures.</summary>
    public static ApiError? CheckTransform(StreamConfig config)
    {
        if (config.SubjectTransform is not { } transform)
            return null;
        (string source, string destination) = (transform.Source, transform.Destination);
        if (source.Length > 0 && !Subject.IsValidSubscription(Encoding.UTF8.GetBytes(source)))
            return JetStreamError.StreamTransformInvalidSource.With("invalid subject " + source);
        if (destination.Length == 0)
            return null;
        string? mistake = TransformTokenParser.CheckTemplate(destination) ?? SubjectTransform.Parse(source, destination, out _);
        return mistake is null ? null : JetStreamError.StreamTransformInvalidDestination.With(mistake);
    }

    /// <summary>Checks where the stream republishes to, and fills in the source if it is not given.</summary>
    public static ApiError? CheckRepublish(StreamConfig config, bool pedantic)
    {
        if (config.Republish is not { } republish)
            return null;
        if (republish.Source is null)
        {
            if (pedantic)
                return JetStreamError.Pedantic.With("republish source can not be empty");
            republish = config.Republish = republish with { Source = ">" };
        }

        if (IsImpliedByTransform(config, republish))
        {
            if (pedantic)
                return JetStreamError.Pedantic.With("implicit republish based on subject transform");
            string renamed = config.SubjectTransform!.Destination;
            republish = config.Republish = republish with { Source = renamed, Destination = renamed };
        }

        byte[] destination = Encoding.UTF8.GetBytes(republish.Destination);
        foreach (string subject in config.Subjects ?? [])
        {
            if (Subject.Overlaps(destination, Encoding.UTF8.GetBytes(subject)))
                return Invalid("stream configuration for republish destination forms a cycle");
        }

        // Without a destination nothing is republished, which is no mistake.
        return destination.Length == 0 || SubjectTransform.TryParse(republish.Source!, republish.Destination, out _)
            ? null
            : Invalid(
                $"stream configuration for republish with transform from '{republish.Source}' to '{republish.Destination}' not valid");
    }

    /// <summary>
    /// Whether everything is to be republished as it is stored, which is no cycle if everything is renamed: then the new names
    /// are what is republished.
    /// </summary>
    private static bool IsImpliedByTransform(StreamConfig config, RepublishConfig republish) =>
        republish is { Source: ">", Destination: ">" }
        && config is { SubjectTransform: { } transform, Subjects: [var only] }
        && transform.Source == only;

    private static ApiError? CheckSubject(StreamConfig config, byte[] subject)
    {
        if (!Subject.IsValidSubscription(subject))
            return Invalid("invalid subject");
        if (subject.AsSpan().SequenceEqual(">"u8))
        {
            if (!config.NoAck)
                return Invalid("capturing all subjects requires no-ack to be true");
            if (config.Replicas != 1)
                return Invalid("capturing all subjects requires replicas of 1");
        }

        if (config.NoAck)
            return null;
        if (Array.Exists(ApiSpaces, space => Subject.Overlaps(subject, space)) && !Subject.IsSubset(subject, "$JS.EVENT.>"u8))
            return Invalid("subjects that overlap with jetstream api require no-ack to be true");
        if (Subject.Overlaps(subject, "$SYS.>"u8) && !Subject.IsSubset(subject, "$SYS.ACCOUNT.>"u8))
            return Invalid("subjects that overlap with system api require no-ack to be true");
        return null;
    }

    private static ApiError Invalid(string text) => StreamConfigRules.Invalid(text);
}
