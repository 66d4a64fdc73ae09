using System.Text.Json;
using Rivulet.Server.Configuration;
using Rivulet.TestKit.Processes;

namespace Rivulet.Server.Tests.Configuration;

/// <summary>
/// Configuration files, good and bad, with what nats-server 2.15.1 says to each with <c>-t</c>: a line of JSON for each, with
/// <c>ours</c> where this server says it in other words.
/// </summary>
public class ReferenceVerdictTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    public static TheoryData<string> Files => [.. Recorded().Select(one => one.File)];

    [Theory]
    [MemberData(nameof(Files))]
    public void A_file_is_judged_as_by_the_reference(string file)
    {
        var recorded = Recorded().Single(one => one.File == file);
        var source = new MemorySource { Files = { [file] = recorded.Text } };
        var (exitCode, message) = Judge(file, source);
        Assert.Equal((recorded.Exit, recorded.Ours ?? recorded.Message), (exitCode, message));
    }

    [Fact]
    public async Task What_is_recorded_is_what_the_reference_says()
    {
        string? reference = Environment.GetEnvironmentVariable("RIVULET_REFERENCE_SERVER");
        Assert.SkipWhen(string.IsNullOrEmpty(reference), "RIVULET_REFERENCE_SERVER names no server to ask");
        using var folder = new TemporaryFolder("verdicts");
        foreach (var recorded in Recorded())
        {
            await File.WriteAllTextAsync(folder.Combine(recorded.File), recorded.Text, TestContext.Current.CancellationToken);
            var run = await ProgramRun.RunAsync(reference, ["-t", "-c", recorded.File], Limit, workingDirectory: folder.Path);
            Assert.Equal((recorded.Exit, Sorted("nats-server: " + recorded.Message)), (run.ExitCode, Sorted(run.Errors)));
        }
    }

    // The reference server tells several mistakes of one map in any order.
    private static string Sorted(string message)
    {
        return string.Join('\n', message.Replace("nats-server: ", "", StringComparison.Ordinal).Trim().Split('\n').Order(StringComparer.Ordinal));
    }

    private static (int ExitCode, string Message) Judge(string file, MemorySource source)
    {
        try
        {
            var configuration = ServerConfiguration.Load(file, source);
            return configuration.Warnings.Count == 0
                ? (0, $"configuration file {file} is valid ({configuration.Digest})")
                : (1, string.Join('\n', configuration.Warnings));
        }
        catch (ServerConfigurationException e)
        {
            return (1, e.Message);
        }
    }

    private static IEnumerable<Verdict> Recorded()
    {
        foreach (string line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Configuration", "reference-verdicts.jsonl")))
        {
            using var json = JsonDocument.Parse(line);
            var root = json.RootElement;
            yield return new Verdict(
                root.GetProperty("file").GetString()!,
                root.GetProperty("text").GetString()!,
                root.GetProperty("exit").GetInt32(),
                root.GetProperty("message").GetString()!,
                root.TryGetProperty("ours", out var ours) ? ours.GetString() : null);
        }
    }

    private sealed record Verdict(string File, string Text, int Exit, string Message, string? Ours);
}
