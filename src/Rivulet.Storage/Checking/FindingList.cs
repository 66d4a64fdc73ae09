using Rivulet.Storage.Log;

namespace Rivulet.Storage.Checking;

/// <summary>Gathers what is found.</summary>
internal sealed class FindingList
{
    private readonly List<StoreFinding> _findings = [];

    public IReadOnlyList<StoreFinding> All => _findings;

    public void Add(StoreFinding finding) => _findings.Add(finding);

    /// <summary>Something about a part of a segment.</summary>
    public void Add(
        FindingKind kind, LogSegment segment, long offsetBytes, long lengthBytes, string text, uint streamId = 0,
        ulong sequence = 0) =>
        Add(new StoreFinding
        {
            Kind = kind,
            Text = text,
            File = segment.FileName,
            OffsetBytes = offsetBytes,
            LengthBytes = lengthBytes,
            StreamId = streamId,
            FirstSequence = sequence,
            LastSequence = sequence,
        });

    /// <summary>Something about whole files.</summary>
    public void Add(FindingKind kind, string? file, string text) =>
        Add(new StoreFinding { Kind = kind, Text = text, File = file });

    /// <summary>Whether something is damaged in a file.</summary>
    public bool HasDamageIn(string file) => _findings.Exists(finding => finding.IsDamage && finding.File == file);

    /// <summary>Puts another finding in the place of each.</summary>
    public void Replace(Converter<StoreFinding, StoreFinding> replacement)
    {
        for (int i = 0; i < _findings.Count; i++)
            _findings[i] = replacement(_findings[i]);
    }
}
