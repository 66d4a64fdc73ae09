using System.Runtime.CompilerServices;

namespace Rivulet.Server.Tests;

/// <summary>Waits for what other threads bring about.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    public static async Task Holds(
        Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string description = "")
    {
        long start = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < Limit, $"Never came true: {description}");
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }
}
