namespace Rivulet.Storage;

/// <summary>A place in the order of everything that was ever appended to one store. Later appends have higher places.</summary>
/// <param name="Value">Number of the place; 0 is before everything.</param>
public readonly record struct LogPosition(long Value) : IComparable<LogPosition>
{
    /// <summary>The place before everything: there is nothing to wait for.</summary>
    public static LogPosition None => default;

    /// <summary>The later of two places.</summary>
    public static LogPosition Max(LogPosition left, LogPosition right) => left > right ? left : right;

    /// <inheritdoc/>
    public int CompareTo(LogPosition other) => Value.CompareTo(other.Value);

    /// <summary>Whether <paramref name="left"/> was appended before <paramref name="right"/>.</summary>
    public static bool operator <(LogPosition left, LogPosition right) => left.Value < right.Value;

    /// <summary>Whether <paramref name="left"/> was appended after <paramref name="right"/>.</summary>
    public static bool operator >(LogPosition left, LogPosition right) => left.Value > right.Value;

    /// <summary>Whether <paramref name="left"/> is not after <paramref name="right"/>.</summary>
    public static bool operator <=(LogPosition left, LogPosition right) => left.Value <= right.Value;

    /// <summary>Whether <paramref name="left"/> is not before <paramref name="right"/>.</summary>
    public static bool operator >=(LogPosition left, LogPosition right) => left.Value >= right.Value;
}
