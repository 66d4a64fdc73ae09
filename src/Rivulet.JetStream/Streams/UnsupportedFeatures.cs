using Rivulet.JetStream.Api.Errors;

namespace Rivulet.JetStream.Streams;

/// <summary>
/// Refuses configurations that ask for what this server does not do. A feature that were accepted and then ignored would
/// lose data quietly.
/// </summary>
internal static class UnsupportedFeatures
{
    /// <summary>Checks a configuration that is valid otherwise.</summary>
    /// <returns>Error 10052 that names the feature, or <c>null</c>.</returns>
    public static ApiError? Check(StreamConfig config)
    {
        string? feature = config switch
        {
            { Mirror: not null } => "mirrors are",
            { Sources: not null } => "sources are",
            _ => null,
        };
        return feature is null ? null : StreamConfigRules.Invalid($"{feature} not supported by this server");
    }
}
