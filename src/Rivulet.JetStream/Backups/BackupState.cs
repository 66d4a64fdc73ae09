using Rivulet.JetStream.Api.Json;

namespace Rivulet.JetStream.Backups;

/// <summary>What the first entry of a backup says of the stream, as far as a restore needs it.</summary>
internal sealed class BackupState
{
    /// <summary>Name of the entry.</summary>
    public static ReadOnlySpan<byte> EntryName => "state.json"u8;

    /// <summary>The oldest message; one past the last for a stream without any.</summary>
    public ulong FirstSequence { get; private set; }

    /// <summary>The last sequence given out.</summary>
    public ulong LastSequence { get; private set; }

    /// <summary>Size of the messages.</summary>
    public ulong Bytes { get; private set; }

    /// <summary>How many consumers follow.</summary>
    public long Consumers { get; private set; }

    /// <summary>Reads the entry.</summary>
    /// <exception cref="InvalidDataException">It is another one, or says what cannot be.</exception>
    public static BackupState Read(in ArchiveEntry entry)
    {
        if (!entry.Name.SequenceEqual(EntryName))
            throw new InvalidDataException("expected state.json first");
        var state = new BackupState();
        if (!RequestReader.TryReadOne(entry.Payload, "StreamState", strict: false, state, ReadMember))
            throw new InvalidDataException("error in state.json");
        if (state.FirstSequence > state.LastSequence + 1 || state.LastSequence == ulong.MaxValue)
            throw new InvalidDataException("error in state.json: sequences out of order");
        return state;
    }

    private static bool ReadMember(ref RequestReader json, BackupState state)
    {
        if (json.Is("first_seq"))
            state.FirstSequence = json.UInt64(state.FirstSequence);
        else if (json.Is("last_seq"))
            state.LastSequence = json.UInt64(state.LastSequence);
        else if (json.Is("bytes"))
            state.Bytes = json.UInt64(state.Bytes);
        else if (json.Is("consumer_count"))
            state.Consumers = json.Int(state.Consumers);
        else
            return false;
        return true;
    }
}
