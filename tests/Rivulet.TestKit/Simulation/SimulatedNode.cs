namespace Rivulet.TestKit.Simulation;

/// <summary>A file of the simulated disk: what programs see, what is on the disk, and what is on its way there.</summary>
internal sealed class SimulatedNode
{
    private const int SectorBytes = 512;

    // In order. Without bytes: the file ends at that place from then on.
    private readonly List<(long OffsetBytes, byte[]? Bytes)> _unsynced = [];

    // What was unsynced when a sync failed: no later sync writes it, however much it says so.
    private readonly List<(long OffsetBytes, byte[]? Bytes)> _forsaken = [];

    /// <summary>What programs see.</summary>
    public PagedContent Seen { get; private set; } = new();

    /// <summary>What a power cut leaves for certain.</summary>
    public PagedContent Durable { get; private set; } = new();

    /// <summary>Whether something was written since the last sync.</summary>
    public bool HasUnsynced => _unsynced.Count > 0 || _forsaken.Count > 0;

    public void Write(ReadOnlySpan<byte> bytes, long offsetBytes)
    {
        Seen.Write(bytes, offsetBytes);
        _unsynced.Add((offsetBytes, bytes.ToArray()));
    }

    public void SetLength(long lengthBytes)
    {
        Seen.SetLength(lengthBytes);
        _unsynced.Add((lengthBytes, null));
    }

    public void Sync()
    {
        if (_forsaken.Count == 0)
        {
            Durable = Seen.Copy();
        }
        else
        {
            foreach ((long offset, byte[]? bytes) in _unsynced)
            {
                if (bytes is null)
                {
                    Durable.SetLength(offset);
                    continue;
                }
                Durable.Write(bytes, offset);
                Supersede(offset, offset + bytes.Length);
            }
        }
        _unsynced.Clear();
    }

    /// <summary>A sync fails, and the system takes what it could not write for written.</summary>
    public void FailSync()
    {
        _forsaken.AddRange(_unsynced);
        _unsynced.Clear();
    }

    /// <summary>The file as a power cut leaves it.</summary>
    /// <param name="survival">What becomes of unsynced writes.</param>
    /// <param name="random">Decides where that leaves a choice.</param>
    public SimulatedNode AfterPowerCut(UnsyncedSurvival survival, Random random)
    {
        PagedContent content = Durable.Copy();
        if (survival == UnsyncedSurvival.Random)
        {
            foreach ((long offset, byte[]? bytes) in _forsaken.Concat(_unsynced))
                WriteSurvivors(content, offset, bytes, random);
        }
        else if (survival == UnsyncedSurvival.All)
        {
            content = Seen.Copy();
        }
        return new SimulatedNode { Seen = content, Durable = content.Copy() };
    }

    /// <summary>Changes bytes behind everybody's back, on the disk and in view.</summary>
    public void Corrupt(Action<PagedContent> change)
    {
        change(Seen);
        change(Durable);
    }

    /// <summary>What was written anew and synced is not overwritten by what was there when a sync failed.</summary>
    private void Supersede(long from, long to)
    {
        (long OffsetBytes, byte[]? Bytes)[] before = [.. _forsaken];
        _forsaken.Clear();
        foreach ((long offset, byte[]? bytes) in before)
        {
            if (bytes is null || offset >= to || offset + bytes.Length <= from)
            {
                _forsaken.Add((offset, bytes));
                continue;
            }
            if (offset < from)
                _forsaken.Add((offset, bytes[..(int)(from - offset)]));
            if (offset + bytes.Length > to)
                _forsaken.Add((to, bytes[(int)(to - offset)..]));
        }
    }

    private static void WriteSurvivors(PagedContent content, long offset, byte[]? bytes, Random random)
    {
        if (bytes is null)
        {
            if (random.Next(2) == 0)
                content.SetLength(offset);
            return;
        }
        switch (random.Next(4))
        {
            case 0:
                break;
            case 1:
                content.Write(bytes, offset);
                break;
            case 2:
                content.Write(bytes.AsSpan(0, random.Next(bytes.Length + 1)), offset);
                break;
            default:
                // Sectors reach the disk in any order.
                for (int start = 0; start < bytes.Length;)
                {
                    int end = (int)Math.Min(bytes.Length, start + SectorBytes - ((offset + start) % SectorBytes));
                    if (random.Next(2) == 0)
                        content.Write(bytes.AsSpan(start, end - start), offset + start);
                    start = end;
                }
                break;
        }
    }
}

/// <summary>What a power cut does to what was written and not synced.</summary>
public enum UnsyncedSurvival
{
    /// <summary>All of it is lost.</summary>
    None,

    /// <summary>Any part of it is lost: whole writes, sectors of a write, the rest of a write from any byte on.</summary>
    Random,

    /// <summary>Nothing of it is lost: all of it had reached the disk just before.</summary>
    All,
}
