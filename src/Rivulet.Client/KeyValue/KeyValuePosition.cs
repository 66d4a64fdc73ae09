using System.Globalization;

namespace Rivulet.Client.KeyValue;

/// <summary>
/// How far somebody has seen a bucket: everything up to a revision. As text <c>1042:3</c>, or <c>1042</c> where the removals are
/// not known.
/// </summary>
/// <param name="Revision">The last revision seen; 0 for nothing.</param>
/// <param name="Removals">
/// How often values had gone by then without a revision that says so, as by a purge of the stream; null if that is not known.
/// Then a watch that goes on from here is refused more often.
/// </param>
public readonly record struct KeyValuePosition(ulong Revision, ulong? Removals = null)
{
    /// <summary>Reads what <see cref="ToString"/> gave.</summary>
    /// <param name="text">The text.</param>
    /// <param name="position">The position.</param>
    /// <returns>Whether it is one.</returns>
    public static bool TryParse(string? text, out KeyValuePosition position)
    {
        position = default;
        string[] parts = (text ?? "").Split(':');
        if (parts.Length > 2 || !TryRead(parts[0], out ulong revision))
            return false;
        ulong removals = 0;
        if (parts.Length == 2 && !TryRead(parts[1], out removals))
            return false;
        position = new KeyValuePosition(revision, parts.Length == 2 ? removals : null);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => Removals is { } removals
        ? string.Create(CultureInfo.InvariantCulture, $"{Revision}:{removals}")
        : Revision.ToString(CultureInfo.InvariantCulture);

    private static bool TryRead(string text, out ulong number) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
