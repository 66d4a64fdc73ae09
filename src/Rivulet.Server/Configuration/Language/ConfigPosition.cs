namespace Rivulet.Server.Configuration.Language;

/// <summary>Where something stands in a configuration file.</summary>
/// <param name="File">The file as it was named; empty for text that is in none.</param>
/// <param name="Line">From 1.</param>
/// <param name="Column">
/// Characters since the line end before, as the reference server counts: from 0 in the first line, from 1 in the others.
/// </param>
internal readonly record struct ConfigPosition(string File, int Line, int Column)
{
    /// <summary>The position as errors begin with it.</summary>
    public override string ToString()
    {
        return string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{File}:{Line}:{Column}");
    }
}
