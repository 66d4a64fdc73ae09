using Rivulet.JetStream.Api;
using Rivulet.JetStream.Api.Errors;
using Rivulet.JetStream.Consumers.Configuration;

namespace Rivulet.JetStream.Consumers.Api;

/// <summary>
/// Makes sure that the subject of a create request and its body agree, and takes the name of the consumer from the subject.
/// </summary>
/// <remarks>
/// <code>
/// CONSUMER.CREATE.&lt;stream&gt;                       ephemeral, with a name of the server's
/// CONSUMER.CREATE.&lt;stream&gt;.&lt;name&gt;[.&lt;filter&gt;]     any
/// CONSUMER.DURABLE.CREATE.&lt;stream&gt;.&lt;name&gt;        durable
/// </code>
/// </remarks>
internal static class ConsumerCreateSubject
{
    /// <summary>Checks a request.</summary>
    /// <returns>What is wrong; <c>null</c> if nothing is.</returns>
    public static ApiError? Check(ApiRequest request, ConsumerCreateRequest body)
    {
        ConsumerConfig config = body.Config;
        bool isDurableForm = request.Token(1) == "DURABLE";
        int streamAt = isDurableForm ? 3 : 2;
        string name = request.Token(streamAt + 1);
        string filter = request.TokensFrom(streamAt + 2);
        bool isNamed = isDurableForm || name.Length > 0;
        if (isDurableForm && (name.Length == 0 || filter.Length > 0))
            return JetStreamError.ConsumerDurableNameNotInSubject;
        if (request.Token(streamAt) != body.StreamName)
            return JetStreamError.StreamMismatch;
        if ((isNamed ? name : config.Name ?? "").AsSpan().ContainsAny('\\', '/'))
            return JetStreamError.ConsumerNameContainsPathSeparators;
        if (isDurableForm && !config.IsDurable)
            return JetStreamError.ConsumerDurableNameNotSet;
        if (isNamed && config.IsDurable && config.DurableName != name)
            return JetStreamError.ConsumerDurableNameNotMatchSubject;
        if (isNamed)
            config.Name = name;
        else if (config.IsDurable)
            return JetStreamError.ConsumerEphemeralWithDurableName;

        if (!isDurableForm && filter.Length > 0)
        {
            if (config.FilterSubjects is not null)
                return JetStreamError.ConsumerMultipleFiltersNotAllowed;
            if (config.FilterSubject != filter)
                return JetStreamError.ConsumerCreateFilterSubjectMismatch;
        }

        return config.Replicas > 1 ? JetStreamError.StreamReplicasNotSupported : null;
    }
}
