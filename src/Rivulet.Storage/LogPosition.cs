namespace Rivulet.Storage;

/// <summary>
/// A place in the order of everything that is appended to one store: the end of an appended record.
/// Positions of different stores do not compare. They grow with every append, and a store that is reopened goes on
/// where its log ends.
/// </summary>
/// <param name="Value">Bytes of records before this place (file store) or a count of operations (memory store).</param>
public readonly record struct LogPosition(long Value) : IComparable<LogPosition>
{
    /// <summary>Before the first record; always committed.</summary>
    public static LogPosition None => default;

    /// <summary>
    /// What an append to a failed store returns: a place that is never reached. Waiting for it fails at once with the
    /// cause of the failure.
    /// </summary>
    public static LogPosition Never => new(long.MaxValue);

    /// <inheritdoc/>
    public int CompareTo(LogPosition other) => Value.CompareTo(other.Value);

    /// <summary>Whether <paramref name="left"/> lies before <paramref name="right"/>.</summary>
    public static bool operator <(LogPosition left, LogPosition right) => left.Value < right.Value;

    /// <summary>Whether <paramref name="left"/> lies behind <paramref name="right"/>.</summary>
    public static bool operator >(LogPosition left, LogPosition right) => left.Value > right.Value;

    /// <summary>Whether <paramref name="left"/> lies before <paramref name="right"/> or is the same place.</summary>
    public static bool operator <=(LogPosition left, LogPosition right) => left.Value <= right.Value;

    /// <summary>Whether <paramref name="left"/> lies behind <paramref name="right"/> or is the same place.</summary>
    public static bool operator >=(LogPosition left, LogPosition right) => left.Value >= right.Value;

    /// <summary>The later of two places.</summary>
    public static LogPosition Max(LogPosition a, LogPosition b) => a.Value >= b.Value ? a : b;
}
