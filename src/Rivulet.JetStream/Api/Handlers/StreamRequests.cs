using Rivulet.JetStream.Api.Json;

namespace Rivulet.JetStream.Api.Handlers;

/// <summary>Body of STREAM.NAMES and STREAM.LIST.</summary>
internal sealed class StreamListRequest
{
    /// <summary>Entries to pass over.</summary>
    public long Offset { get; private set; }

    /// <summary>Only streams that capture subjects of this filter; empty for all.</summary>
    public string Subject { get; private set; } = "";

    /// <summary>Reads one member.</summary>
    public static bool ReadMember(ref RequestReader json, StreamListRequest request)
    {
        if (json.Is("offset"))
            request.Offset = json.Int(request.Offset);
        else if (json.Is("subject"))
            request.Subject = json.String(request.Subject);
        else
            return false;
        return true;
    }
}

/// <summary>Body of STREAM.INFO.</summary>
internal sealed class StreamInfoRequest
{
    /// <summary>Subjects to pass over.</summary>
    public long Offset { get; private set; }

    /// <summary>Whether to list the sequences that hold no message.</summary>
    public bool DeletedDetails { get; private set; }

    /// <summary>Count the messages of subjects that match this; empty for none.</summary>
    public string SubjectsFilter { get; private set; } = "";

    /// <summary>Reads one member.</summary>
    public static bool ReadMember(ref RequestReader json, StreamInfoRequest request)
    {
        if (json.Is("offset"))
            request.Offset = json.Int(request.Offset);
        else if (json.Is("deleted_details"))
            request.DeletedDetails = json.Bool(request.DeletedDetails);
        else if (json.Is("subjects_filter"))
            request.SubjectsFilter = json.String(request.SubjectsFilter);
        else
            return false;
        return true;
    }
}

/// <summary>Body of STREAM.PURGE.</summary>
internal sealed class StreamPurgeRequest
{
    /// <summary>Purge what is below this sequence; 0 is no bound.</summary>
    public ulong Sequence { get; private set; }

    /// <summary>Purge what matches; empty is all.</summary>
    public string Filter { get; private set; } = "";

    /// <summary>How many of the newest stay.</summary>
    public ulong Keep { get; private set; }

    /// <summary>Reads one member.</summary>
    public static bool ReadMember(ref RequestReader json, StreamPurgeRequest request)
    {
        if (json.Is("seq"))
            request.Sequence = json.UInt64(request.Sequence);
        else if (json.Is("filter"))
            request.Filter = json.String(request.Filter);
        else if (json.Is("keep"))
            request.Keep = json.UInt64(request.Keep);
        else
            return false;
        return true;
    }
}

/// <summary>Body of STREAM.MSG.DELETE.</summary>
internal sealed class MessageDeleteRequest
{
    /// <summary>Which message.</summary>
    public ulong Sequence { get; private set; }

    /// <summary>Whether its bytes may stay where they are.</summary>
    public bool NoErase { get; private set; }

    /// <summary>Reads one member.</summary>
    public static bool ReadMember(ref RequestReader json, MessageDeleteRequest request)
    {
        if (json.Is("seq"))
            request.Sequence = json.UInt64(request.Sequence);
        else if (json.Is("no_erase"))
            request.NoErase = json.Bool(request.NoErase);
        else
            return false;
        return true;
    }
}

/// <summary>Body of STREAM.MSG.GET and of direct gets.</summary>
internal sealed class MessageGetRequest
{
    /// <summary>The message, or the first to look at; 0 for none.</summary>
    public ulong Sequence { get; private set; }

    /// <summary>The last message that matches; empty for none.</summary>
    public string LastFor { get; private set; } = "";

    /// <summary>The next message that matches; empty for none.</summary>
    public string NextFor { get; private set; } = "";

    /// <summary>Most messages of the answer; 0 is one, and no batch.</summary>
    public long Batch { get; private set; }

    /// <summary>Most bytes of the answer; 0 is the server's limit.</summary>
    public long MaxBytes { get; private set; }

    /// <summary>The first message not before this time, in nanoseconds since the Unix epoch.</summary>
    public long? StartTimeNanos { get; private set; }

    /// <summary>The last message of every subject that matches.</summary>
    public IReadOnlyList<string>? MultiLastFor { get; private set; }

    /// <summary>The highest sequence to look at; 0 for the last.</summary>
    public ulong UpToSequence { get; private set; }

    /// <summary>Only messages up to this time, in nanoseconds since the Unix epoch.</summary>
    public long? UpToTimeNanos { get; private set; }

    /// <summary>Whether to leave the headers out.</summary>
    public bool NoHeaders { get; private set; }

    /// <summary>Reads one member.</summary>
    public static bool ReadMember(ref RequestReader json, MessageGetRequest request)
    {
        if (json.Is("seq"))
            request.Sequence = json.UInt64(request.Sequence);
        else if (json.Is("last_by_subj"))
            request.LastFor = json.String(request.LastFor);
        else if (json.Is("next_by_subj"))
            request.NextFor = json.String(request.NextFor);
        else if (json.Is("batch"))
            request.Batch = json.Int(request.Batch);
        else if (json.Is("max_bytes"))
            request.MaxBytes = json.Int(request.MaxBytes);
        else if (json.Is("start_time"))
            request.StartTimeNanos = json.Time();
        else if (json.Is("multi_last"))
            request.MultiLastFor = json.Strings() is { Count: > 0 } filters ? filters : null;
        else if (json.Is("up_to_seq"))
            request.UpToSequence = json.UInt64(request.UpToSequence);
        else if (json.Is("up_to_time"))
            request.UpToTimeNanos = json.Time();
        else if (json.Is("no_hdr"))
            request.NoHeaders = json.Bool(request.NoHeaders);
        else
            return false;
        return true;
    }
}
