namespace Rivulet.Architecture.Tests.Configuration;

/// <summary>What the page says about one key.</summary>
/// <param name="Block">The block that it stands in.</param>
/// <param name="Spellings">Its spellings.</param>
/// <param name="Status">What becomes of it.</param>
/// <param name="Reason">The tests that prove it, or why it is as it is.</param>
internal sealed record KeyRow(string Block, string[] Spellings, string Status, string Reason)
{
    /// <summary>That it has an effect.</summary>
    public const string Works = "works";

    /// <summary>That a value which turns it on is an error.</summary>
    public const string Refused = "refused";

    /// <summary>That it is accepted for nothing.</summary>
    public const string NoEffect = "no effect";

    /// <summary>That it is accepted with a warning.</summary>
    public const string Warned = "warned";

    /// <summary>For messages of tests.</summary>
    public override string ToString() => $"{Block}: {string.Join(", ", Spellings)}";
}
