using System.Globalization;
using Rivulet.Server.Configuration.Language;

namespace Rivulet.Server.Configuration.Keys;

/// <summary>Values as error messages show them.</summary>
internal static class ValueText
{
    /// <summary>A scalar as it was written; of anything else its kind, since what is in it may be secret.</summary>
    public static string Of(ConfigValue value)
    {
        return value switch
        {
            ConfigText text => text.Value,
            ConfigInteger integer => integer.Value.ToString(CultureInfo.InvariantCulture),
            ConfigBoolean boolean => boolean.Value ? "true" : "false",
            _ => value.KindName,
        };
    }

    /// <summary>The same where a text may be the secret of a user.</summary>
    public static string WithoutSecrets(ConfigValue value)
    {
        return value is ConfigText ? value.KindName : Of(value);
    }
}
