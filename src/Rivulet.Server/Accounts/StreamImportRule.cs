using System.Diagnostics;
using System.Text;
using Rivulet.JetStream.Streams;
using Rivulet.Protocol;
using Rivulet.Server.Security;

namespace Rivulet.Server.Accounts;

/// <summary>A stream import that has been checked: which account, and how subjects are called there and here. Immutable.</summary>
internal sealed class StreamImportRule
{
    private readonly byte[] _there;
    private readonly byte[] _here;
    private readonly SubjectTransform? _toHere;
    private readonly SubjectTransform? _toThere;

    /// <summary>A rule.</summary>
    /// <param name="settings">What was asked for.</param>
    /// <param name="exporter">The account that exports.</param>
    /// <param name="renaming">How subjects are called there, and here.</param>
    public StreamImportRule(StreamImport settings, Account exporter, ImportRenaming renaming)
    {
        Settings = settings;
        Exporter = exporter;
        _there = Encoding.UTF8.GetBytes(renaming.Source);
        _here = Encoding.UTF8.GetBytes(renaming.Destination);
        _toHere = renaming.Forth;
        _toThere = renaming.Back;
    }

    /// <summary>What was asked for.</summary>
    public StreamImport Settings { get; }

    /// <summary>The account that exports.</summary>
    public Account Exporter { get; }

    /// <summary>Whether subjects are called the same here and there.</summary>
    public bool KeepsSubjects => _toHere is null;

    /// <summary>The filter, as subjects are there, of all that a subscription here gets of the import; null for nothing.</summary>
    /// <param name="filter">The subscription's filter.</param>
    public byte[]? FilterThere(ReadOnlySpan<byte> filter)
    {
        if (!Subject.Overlaps(filter, _here))
            return null;
        if (Subject.IsSubset(_here, filter))
            return _there;
        byte[] common = Subject.IsSubset(filter, _here) ? filter.ToArray() : Intersection(filter, _here);
        return _toThere is null ? common : Apply(_toThere, common);
    }

    /// <summary>Room that <see cref="WriteHere"/> needs for a subject.</summary>
    public int LengthHere(ReadOnlySpan<byte> subject)
    {
        return _toHere?.RoomFor(subject.Length) ?? subject.Length;
    }

    /// <summary>Writes what a subject of the exporting account is called here, and returns its part of <paramref name="into"/>.</summary>
    public ReadOnlySpan<byte> WriteHere(ReadOnlySpan<byte> subject, Span<byte> into)
    {
        Debug.Assert(_toHere is not null, "the subject stays what it is");
        return into[.._toHere.Apply(subject, into, Random.Shared)];
    }

    private static byte[]? Apply(SubjectTransform transform, byte[] filter)
    {
        byte[] room = new byte[transform.RoomFor(filter.Length)];
        int length = transform.Apply(filter, room, Random.Shared);
        return length == 0 ? null : room[..length];
    }

    /// <summary>The filter of what two overlapping filters both match.</summary>
    private static byte[] Intersection(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        string[] ofA = Encoding.Latin1.GetString(a).Split('.');
        string[] ofB = Encoding.Latin1.GetString(b).Split('.');
        var tokens = new List<string>();
        for (int i = 0; i < Math.Max(ofA.Length, ofB.Length); i++)
        {
            // One that ended did so with a full wildcard, or the two would not overlap.
            string tokenA = i < ofA.Length && ofA[i] != ">" ? ofA[i] : "";
            string tokenB = i < ofB.Length && ofB[i] != ">" ? ofB[i] : "";
            if (tokenA.Length == 0 && tokenB.Length == 0)
            {
                tokens.Add(">");
                break;
            }

            tokens.Add(tokenA is "" or "*" ? (tokenB.Length == 0 ? tokenA : tokenB) : tokenA);
        }

        return Encoding.Latin1.GetBytes(string.Join('.', tokens));
    }
}
