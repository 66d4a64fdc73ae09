using Rivulet.JetStream.Api.Json;
using Rivulet.JetStream.Streams;

namespace Rivulet.JetStream.Backups;

/// <summary>Body of STREAM.SNAPSHOT.</summary>
internal sealed class SnapshotRequest
{
    private const int ChunkBytesDefault = 128 * 1024;
    private const int ChunkBytesMax = 1024 * 1024;
    private const int WindowBytesDefault = 8 * 1024 * 1024;
    private const int WindowBytesMax = 32 * 1024 * 1024;
    private const int BytesMin = 1024;

    private long _chunkBytes;
    private long _windowBytes;

    /// <summary>Where the chunks go.</summary>
    public string DeliverSubject { get; private set; } = "";

    /// <summary>Whether consumers stay out.</summary>
    public bool NoConsumers { get; private set; }

    /// <summary>Whether to refuse when messages are known to be damaged.</summary>
    public bool CheckMessages { get; private set; }

    /// <summary>Size of a chunk.</summary>
    public int ChunkBytes => (int)Math.Clamp(_chunkBytes == 0 ? ChunkBytesDefault : _chunkBytes, BytesMin, ChunkBytesMax);

    /// <summary>How many chunks may be on their way.</summary>
    public int ChunksMax
    {
        get
        {
            long window = Math.Clamp(_windowBytes == 0 ? WindowBytesDefault : _windowBytes, BytesMin, WindowBytesMax);
            return (int)(Math.Max(window, ChunkBytes) / ChunkBytes);
        }
    }

    /// <summary>Reads one member.</summary>
    public static bool ReadMember(ref RequestReader json, SnapshotRequest request)
    {
        if (json.Is("deliver_subject"))
            request.DeliverSubject = json.String(request.DeliverSubject);
        else if (json.Is("no_consumers"))
            request.NoConsumers = json.Bool(request.NoConsumers);
        else if (json.Is("jsck"))
            request.CheckMessages = json.Bool(request.CheckMessages);
        else if (json.Is("chunk_size"))
            request._chunkBytes = json.Int(request._chunkBytes);
        else if (json.Is("window_size"))
            request._windowBytes = json.Int(request._windowBytes);
        else
            return false;
        return true;
    }
}

/// <summary>Body of STREAM.RESTORE.</summary>
internal sealed class RestoreRequest
{
    /// <summary>Configuration of the stream to be.</summary>
    public StreamConfig Config { get; } = new();

    /// <summary>Reads one member. The state is for those who look at the backup; it is read from the backup itself.</summary>
    public static bool ReadMember(ref RequestReader json, RestoreRequest request)
    {
        if (json.Is("config"))
            json.Members(request.Config, StreamConfigReader.ReadMember, "server.StreamConfig");
        else if (json.Is("state"))
            json.RawValue();
        else
            return false;
        return true;
    }
}
