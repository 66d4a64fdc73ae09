using System.Globalization;
using Rivulet.TestKit.Measuring;
using Rivulet.TestKit.Processes;

namespace Rivulet.Crash.Tests.Killed;

/// <summary>
/// <c>kill -9</c> of the server program under load. <c>RIVULET_CRASH_ROUNDS</c> sets another number of rounds,
/// <c>RIVULET_CRASH_SEED</c> repeats the load of a run (not its timing).
/// </summary>
public class KillLoopTests
{
    private static int Rounds => Setting("RIVULET_CRASH_ROUNDS") ?? 100;

    private static int Seed => FirstSeed.Of("RIVULET_CRASH_SEED");

    [Fact]
    public async Task No_acknowledged_revision_is_lost_when_the_server_is_killed_again_and_again()
    {
        await using var loop = new KillLoop(Seed);
        await loop.StartAsync();
        for (int round = 0; round < Rounds; round++)
        {
            await loop.LoadAndKillAsync();
            IReadOnlyList<string> violations = await loop.RestartAndCheckAsync();
            Assert.True(violations.Count == 0, $"{loop}\n{string.Join('\n', violations.Take(20))}");
        }

        Console.WriteLine(loop);
        Assert.Equal(0, loop.LostCount);
        Assert.True(loop.AcknowledgedCount > Rounds && loop.ConfirmedAckCount > 0, "the load did not do its work");
    }

    [Fact]
    public async Task A_store_put_back_to_an_earlier_state_is_noticed()
    {
        await using var loop = new KillLoop(Seed);
        await loop.StartAsync();
        await loop.LoadAndKillAsync();
        using var earlier = new TemporaryFolder("earlier");
        Copy(loop.Server.StoreDirectory, earlier.Path);
        Assert.Empty(await loop.RestartAndCheckAsync());
        await loop.LoadAndKillAsync();

        Directory.Delete(loop.Server.StoreDirectory, recursive: true);
        Copy(earlier.Path, loop.Server.StoreDirectory);
        Assert.Contains(await loop.RestartAndCheckAsync(), violation => violation.Contains("lost", StringComparison.Ordinal));
        Assert.NotEqual(0, loop.LostCount);

        await loop.LoadAndKillAsync();
        Assert.Contains(
            await loop.RestartAndCheckAsync(), violation => violation.Contains("given out again", StringComparison.Ordinal));
    }

    private static int? Setting(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string directory in Directory.GetDirectories(from, "*", SearchOption.AllDirectories))
        {
            Directory.CreateDirectory(directory.Replace(from, to, StringComparison.Ordinal));
        }

        foreach (string file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            File.Copy(file, file.Replace(from, to, StringComparison.Ordinal));
        }
    }
}
