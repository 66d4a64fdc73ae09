namespace Rivulet.Server.Configuration.Language;

/// <summary>A key with its value.</summary>
/// <param name="key">As it is written.</param>
/// <param name="position">Where the key stands.</param>
/// <param name="value">Its value.</param>
internal sealed class ConfigEntry(string key, ConfigPosition position, ConfigValue value)
{
    /// <summary>As it is written.</summary>
    public string Key => key;

    /// <summary>Where the key stands.</summary>
    public ConfigPosition Position => position;

    /// <summary>Its value.</summary>
    public ConfigValue Value => value;

    /// <summary>
    /// Whether the value was taken for a variable somewhere. Such a key may be one that means nothing to the server.
    /// </summary>
    public bool IsVariable { get; set; }
}
