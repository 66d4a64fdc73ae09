namespace Rivulet.Server.Security.Operators;

/// <summary>Times of claims.</summary>
internal static class ClaimedTime
{
    /// <summary>A time in seconds since 1970, or the nearest there is.</summary>
    public static DateTimeOffset Of(long seconds)
    {
        return DateTimeOffset.FromUnixTimeSeconds(
            Math.Clamp(seconds, DateTimeOffset.MinValue.ToUnixTimeSeconds(), DateTimeOffset.MaxValue.ToUnixTimeSeconds()));
    }
}
