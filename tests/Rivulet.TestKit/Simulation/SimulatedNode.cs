namespace Rivulet.TestKit.Simulation;

/// <summary>A file of the simulated disk: what programs see, what is on the disk, and what is on its way there.</summary>
internal sealed class SimulatedNode
{
    private const int SectorBytes = 512;

    /// <summary>What programs see.</summary>
    public PagedContent Seen { get; private set; } = new();

    /// <summary>What a power cut leaves for certain.</summary>
    public PagedContent Durable { get; private set; } = new();

    /// <summary>What was written since the last sync, in order.</summary>
    public List<(long OffsetBytes, byte[] Bytes)> Unsynced { get; } = [];

    public void Write(ReadOnlySpan<byte> bytes, long offsetBytes)
    {
        Seen.Write(bytes, offsetBytes);
        Unsynced.Add((offsetBytes, bytes.ToArray()));
    }

    public void Sync()
    {
        Durable = Seen.Copy();
        Unsynced.Clear();
    }

    /// <summary>The file as a power cut leaves it.</summary>
    /// <param name="survival">What becomes of unsynced writes.</param>
    /// <param name="random">Decides where that leaves a choice.</param>
    public SimulatedNode AfterPowerCut(UnsyncedSurvival survival, Random random)
    {
        PagedContent content = Durable.Copy();
        if (survival == UnsyncedSurvival.Random)
        {
            foreach ((long offset, byte[] bytes) in Unsynced)
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

    private static void WriteSurvivors(PagedContent content, long offset, byte[] bytes, Random random)
    {
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

    /// <summary>Nothing of it is lost: the process died and the machine did not.</summary>
    All,
}
