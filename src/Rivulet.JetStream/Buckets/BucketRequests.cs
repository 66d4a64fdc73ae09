using Rivulet.JetStream.Api.Json;

namespace Rivulet.JetStream.Buckets;

/// <summary>Which keys of a bucket a request is about. Everything given holds together.</summary>
internal abstract class BucketKeysRequest
{
    /// <summary>Filters of keys, any of which may match; <c>null</c> for every key.</summary>
    public IReadOnlyList<string>? Filters { get; private set; }

    /// <summary>What keys begin with, whole tokens or not; empty for anything.</summary>
    public string Prefix { get; private set; } = "";

    /// <summary>The first key, or what lies before it; empty for no bound.</summary>
    public string From { get; private set; } = "";

    /// <summary>What all keys lie before; empty for no bound.</summary>
    public string Before { get; private set; } = "";

    /// <summary>The key behind which the first one comes: the last one of the page before; empty for none.</summary>
    public string After { get; private set; } = "";

    /// <summary>Most keys of the answer; 0 for the most there may be.</summary>
    public long Limit { get; private set; }

    /// <summary>As of which revision; 0 for the present one.</summary>
    public ulong Revision { get; private set; }

    /// <summary>Whether keys whose newest revision is a deletion are among them.</summary>
    public bool Deletes { get; private set; }

    /// <summary>Reads one of these members.</summary>
    protected bool ReadShared(ref RequestReader json)
    {
        if (json.Is("filters"))
            Filters = json.Strings() is { Count: > 0 } filters ? filters : null;
        else if (json.Is("prefix"))
            Prefix = json.String(Prefix);
        else if (json.Is("from"))
            From = json.String(From);
        else if (json.Is("before"))
            Before = json.String(Before);
        else if (json.Is("after"))
            After = json.String(After);
        else if (json.Is("limit"))
            Limit = json.Int(Limit);
        else if (json.Is("revision"))
            Revision = json.UInt64(Revision);
        else if (json.Is("deletes"))
            Deletes = json.Bool(Deletes);
        else
            return false;
        return true;
    }
}

/// <summary>Body of <c>LIST</c>.</summary>
internal sealed class BucketListRequest : BucketKeysRequest
{
    /// <summary>Whether the answer has keys alone, without their revisions.</summary>
    public bool KeysOnly { get; private set; }

    /// <summary>Whether all keys that match are counted too, those of other pages included.</summary>
    public bool Total { get; private set; }

    /// <summary>Reads one member.</summary>
    public static bool ReadMember(ref RequestReader json, BucketListRequest request)
    {
        if (json.Is("keys_only"))
            request.KeysOnly = json.Bool(request.KeysOnly);
        else if (json.Is("total"))
            request.Total = json.Bool(request.Total);
        else
            return request.ReadShared(ref json);
        return true;
    }
}

/// <summary>Body of <c>GET</c>.</summary>
internal sealed class BucketGetRequest : BucketKeysRequest
{
    /// <summary>The keys by name; <c>null</c> where the rest of the request chooses them.</summary>
    public IReadOnlyList<string>? Keys { get; private set; }

    /// <summary>Most bytes of the answer; 0 is the server's limit.</summary>
    public long MaxBytes { get; private set; }

    /// <summary>Reads one member.</summary>
    public static bool ReadMember(ref RequestReader json, BucketGetRequest request)
    {
        if (json.Is("keys"))
            request.Keys = json.Strings();
        else if (json.Is("max_bytes"))
            request.MaxBytes = json.Int(request.MaxBytes);
        else
            return request.ReadShared(ref json);
        return true;
    }
}

/// <summary>Body of <c>RESUME</c>.</summary>
internal sealed class BucketResumeRequest
{
    /// <summary>The revision up to which everything has been seen; 0 for nothing.</summary>
    public ulong Revision { get; private set; }

    /// <summary>How often values had gone silently by then; <c>null</c> if that is not known.</summary>
    public ulong? Removals { get; private set; }

    /// <summary>Whether every revision is wanted, also those that newer ones have replaced.</summary>
    public bool Every { get; private set; }

    /// <summary>Reads one member.</summary>
    public static bool ReadMember(ref RequestReader json, BucketResumeRequest request)
    {
        if (json.Is("revision"))
            request.Revision = json.UInt64(request.Revision);
        else if (json.Is("removals"))
            request.Removals = json.UInt64(request.Removals ?? 0);
        else if (json.Is("every"))
            request.Every = json.Bool(request.Every);
        else
            return false;
        return true;
    }
}

/// <summary>Body of <c>TOUCH</c>.</summary>
internal sealed class BucketTouchRequest
{
    /// <summary>Time to live from now on, in nanoseconds; 0 for the one that the key has.</summary>
    public long TtlNanos { get; private set; }

    /// <summary>Whether the key shall not expire any more.</summary>
    public bool Persist { get; private set; }

    /// <summary>The revision that the key must have; 0 for any.</summary>
    public ulong Revision { get; private set; }

    /// <summary>Reads one member.</summary>
    public static bool ReadMember(ref RequestReader json, BucketTouchRequest request)
    {
        if (json.Is("ttl"))
            request.TtlNanos = json.Duration(request.TtlNanos);
        else if (json.Is("persist"))
            request.Persist = json.Bool(request.Persist);
        else if (json.Is("revision"))
            request.Revision = json.UInt64(request.Revision);
        else
            return false;
        return true;
    }
}
