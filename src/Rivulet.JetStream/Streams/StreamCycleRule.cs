using System.Text;
using Rivulet.JetStream.Api.Errors;
using Rivulet.Protocol;

namespace Rivulet.JetStream.Streams;

/// <summary>
/// Refuses a stream that would copy, by way of others, what it holds itself. Only those streams count that are there and of this
/// account.
/// </summary>
internal static class StreamCycleRule
{
    /// <summary>Follows mirrors and sources from a configuration on.</summary>
    /// <returns>Why it is refused, or <c>null</c>.</returns>
    public static ApiError? Check(JetStreamAccount account, StreamConfig config)
    {
        var toVisit = new Queue<StreamConfig>([config]);
        var visited = new HashSet<string>(StringComparer.Ordinal);
        while (toVisit.TryDequeue(out StreamConfig? visiting))
        {
            visited.Add(visiting.Name);
            foreach (StreamSource source in visiting.Sources ?? [])
            {
                if (source.External is null && IsCycle(account, visiting, source, visited, toVisit))
                    return Refusal;
            }

            if (visiting.Mirror is { External: null } mirror && IsCycle(account, visiting: null, mirror, visited, toVisit))
                return Refusal;
        }

        return null;
    }

    private static ApiError Refusal => StreamConfigRules.Invalid("detected cycle");

    /// <param name="account">Account of the streams.</param>
    /// <param name="visiting">The stream with the source, whose subjects say whether it is one; <c>null</c> for a mirror.</param>
    /// <param name="origin">The stream that is copied.</param>
    /// <param name="visited">Names of those that were looked at.</param>
    /// <param name="toVisit">Gets the origin if it was not.</param>
    private static bool IsCycle(
        JetStreamAccount account, StreamConfig? visiting, StreamSource origin, HashSet<string> visited, Queue<StreamConfig> toVisit)
    {
        if (visited.Contains(origin.Name))
            return visiting is null || Captures(visiting, origin.FilterSubject);
        if (account.TryGetStream(origin.Name, out JetStreamStream? found))
            toVisit.Enqueue(found.Config);
        return false;
    }

    private static bool Captures(StreamConfig config, string? filter) =>
        filter is null
        || (config.Subjects ?? []).Any(
            subject => Subject.Overlaps(Encoding.UTF8.GetBytes(subject), Encoding.UTF8.GetBytes(filter)));
}
