namespace Rivulet.Server.Configuration.Language;

/// <summary>A value of the configuration language. Immutable once parsed, but for the marks of variables.</summary>
internal abstract record ConfigValue
{
    /// <summary>The kind of value, in the reference server's words.</summary>
    public abstract string KindName { get; }
}

/// <summary>A text, bare or quoted.</summary>
/// <param name="Value">The text, with escapes resolved.</param>
internal sealed record ConfigText(string Value) : ConfigValue
{
    /// <inheritdoc/>
    public override string KindName => "string";
}

/// <summary>A whole number, with its suffix multiplied in.</summary>
/// <param name="Value">The number.</param>
internal sealed record ConfigInteger(long Value) : ConfigValue
{
    /// <inheritdoc/>
    public override string KindName => "int64";
}

/// <summary>A number with a decimal point.</summary>
/// <param name="Value">The number; never infinite.</param>
internal sealed record ConfigFloat(double Value) : ConfigValue
{
    /// <inheritdoc/>
    public override string KindName => "float64";
}

/// <summary>true, yes, on; false, no, off.</summary>
/// <param name="Value">Which of both.</param>
internal sealed record ConfigBoolean(bool Value) : ConfigValue
{
    /// <inheritdoc/>
    public override string KindName => "bool";
}

/// <summary>A point in time, in UTC and whole seconds.</summary>
/// <param name="Value">The time.</param>
internal sealed record ConfigTime(DateTimeOffset Value) : ConfigValue
{
    /// <inheritdoc/>
    public override string KindName => "time.Time";
}

/// <summary>Values in a row.</summary>
/// <param name="Items">The values, each with its position.</param>
internal sealed record ConfigArray(IReadOnlyList<ConfigItem> Items) : ConfigValue
{
    /// <inheritdoc/>
    public override string KindName => "[]interface {}";
}

/// <summary>An element of an array.</summary>
/// <param name="Position">Where it stands.</param>
/// <param name="Value">What it is.</param>
internal readonly record struct ConfigItem(ConfigPosition Position, ConfigValue Value);
