using System.Text;
using Rivulet.JetStream.Api.Json;
using Rivulet.JetStream.Api.Models;
using Rivulet.JetStream.Streams;
using Rivulet.Protocol;
using Rivulet.Storage;

namespace Rivulet.JetStream.Api.Handlers;

/// <summary>Fills in what responses tell about a stream.</summary>
internal static class StreamInfoWriter
{
    /// <summary>Most subjects that are told at once.</summary>
    public const int SubjectsPerPage = 100_000;

    private const int DeletedPerStep = 4096;

    /// <summary>Fills in configuration and state.</summary>
    /// <param name="info">The response.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="shown">Whether the metadata also tells version and level of the server.</param>
    /// <param name="isNew">Whether the stream was just created, so that nothing was heard of its origins yet.</param>
    public static void Fill(IStreamInfo info, JetStreamStream stream, bool shown, bool isNew = false)
    {
        JetStreamEngine engine = stream.Account.Engine;
        info.Config = shown ? StreamMetadata.Shown(stream.Config) : stream.Config;
        info.CreatedNanos = stream.Log.CreatedNanos;
        info.State = StateOf(stream);
        info.Mirror = stream.Origins.DescribeMirror(isNew);
        info.Sources = stream.Origins.DescribeSources(isNew);
        info.Domain = engine.Options.Domain;
        info.TimestampNanos = engine.Host.Time.UnixNanosNow();
    }

    /// <summary>The sequences between first and last that hold no message.</summary>
    public static IReadOnlyList<ulong>? DeletedSequences(JetStreamStream stream)
    {
        var deleted = new List<ulong>();
        ulong from = stream.Log.State.FirstSequence;
        while (stream.Log.DeletedSequences(from, DeletedPerStep, deleted) == DeletedPerStep)
            from = deleted[^1] + 1;
        return deleted.Count > 0 ? deleted : null;
    }

    /// <summary>Fills in a page of the subjects that match, with their message counts.</summary>
    public static void FillSubjects(StreamInfoResponse response, JetStreamStream stream, string filter, long offset)
    {
        if (FilterSet.FromValid(filter) is not { } valid)
            return;
        var page = new SortedDictionary<string, ulong>(StringComparer.Ordinal);
        long total = 0;
        using SubjectWalk walk = stream.Log.Subjects(valid);
        while (walk.MoveNext())
        {
            if (total >= offset && page.Count < SubjectsPerPage)
                page[Encoding.UTF8.GetString(walk.Subject)] = walk.Count;
            total++;
        }

        if (total == 0)
            return;
        (response.Total, response.Offset, response.Limit) = (total, offset, SubjectsPerPage);
        if (page.Count > 0)
            response.State!.Subjects = page;
    }

    /// <summary>What a stream holds.</summary>
    public static StreamStateModel StateOf(JetStreamStream stream)
    {
        StreamState state = stream.Log.State;
        return new StreamStateModel
        {
            Messages = state.Messages,
            Bytes = state.Bytes,
            FirstSequence = state is { FirstSequence: 0, LastSequence: 0 } && stream.Config.FirstSequence == 1 ? 1 : state.FirstSequence,
            FirstTimestampNanos = state.FirstTimestampNanos,
            LastSequence = state.LastSequence,
            LastTimestampNanos = state.LastTimestampNanos,
            SubjectCount = state.Subjects,
            DeletedCount = state.Deleted,
            Lost = state.Lost.Count > 0 ? new LostStreamData { Messages = state.Lost, Bytes = state.LostBytes } : null,
            ConsumerCount = stream.Consumers.ShownCount,
        };
    }
}
