namespace Rivulet.Cli.CommandLine;

/// <summary>A positional argument, as the parser and the help see it.</summary>
internal abstract class ArgumentSpec(string name, string help) : ValueSpec(name, help)
{
    public bool IsRequired { get; init; }
}

/// <summary>An argument with values of one type.</summary>
internal sealed class Argument<T>(string name, string help, Func<string, T> convert) : ArgumentSpec(name, help)
{
    public T Convert(string text) => convert(text);

    public override void Check(string text) => convert(text);
}

/// <summary>Makes the kinds of arguments there are.</summary>
internal static class Argument
{
    public static Argument<string> Required(string name, string help) => new(name, help, text => text) { IsRequired = true };

    public static Argument<string> Optional(string name, string help, string? byDefault = null) =>
        new(name, help, text => text) { Default = byDefault };

    /// <summary>Takes all that is left.</summary>
    public static Argument<string> Rest(string name, string help) => new(name, help, text => text) { IsRepeatable = true };

    public static Argument<ulong> RequiredUnsigned(string name, string help) =>
        new(name, help, Formats.Numbers.ParseUnsigned) { IsRequired = true };

    public static Argument<int> Count(string name, string help, string byDefault) =>
        new(name, help, Formats.Numbers.ParseCount) { Default = byDefault };
}
