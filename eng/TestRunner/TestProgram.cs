using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Rivulet.TestRunner;

/// <summary>Runs one test program to its end and judges how it ended.</summary>
internal sealed class TestProgram(TestProject project, TestRunOptions options, string reportsFolder)
{
    /// <summary>No project comes near this. One that does hangs, and its process tree is ended.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan s_campaignLimit = TimeSpan.FromMinutes(60);

    /// <summary>
    /// Runs it. What it prints goes to the console as it comes, or in one piece at its end if <paramref name="hold"/>
    /// says that another program is printing too.
    /// </summary>
    public async Task<TestOutcome> RunAsync(bool hold)
    {
        string report = Path.Combine(reportsFolder, project.Name + ".xml");
        File.Delete(report);
        var held = new StringBuilder();
        var clock = Stopwatch.StartNew();
        if (!hold)
        {
            Console.WriteLine($"{project.Name} ...");
        }

        string? ending = await RunProcessAsync(report, line =>
        {
            if (hold)
            {
                held.AppendLine(line);
            }
            else
            {
                Console.WriteLine(line);
            }
        });
        (TestOutcome outcome, string? complaint) = Judge(TestOutcome.ReadReport(report), ending);
        if (complaint is not null)
        {
            held.AppendLine(CultureInfo.InvariantCulture, $"{project.Name}: {complaint}");
        }

        held.Append(CultureInfo.InvariantCulture, $"{project.Name}: {outcome} ({clock.Elapsed.TotalSeconds:F1} s)");
        Console.WriteLine(held.ToString());
        return outcome;
    }

    /// <summary>Null if the program ended by itself with a code that means "done", else what happened to it.</summary>
    private async Task<string?> RunProcessAsync(string report, Action<string> print)
    {
        var start = new ProcessStartInfo(project.Program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string argument in Arguments(report))
        {
            start.ArgumentList.Add(argument);
        }

        using var process = new Process { StartInfo = start };
        var printing = new Lock();
        process.OutputDataReceived += (_, e) => Print(e.Data);
        process.ErrorDataReceived += (_, e) => Print(e.Data);
        if (!File.Exists(project.Program))
        {
            return "its program is not there; was it built?";
        }

        process.Start();
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        TimeSpan time = options.Campaigns ? s_campaignLimit : s_limit;
        using var limit = new CancellationTokenSource(time);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            return $"it was ended: not done after {time.TotalMinutes:F0} minutes";
        }

        // 0: every test passed; 1: some failed. Anything else is the runtime or a signal.
        return process.ExitCode is 0 or 1 ? null : $"its process ended with exit code {process.ExitCode}";

        void Print(string? line)
        {
            // The quiet reporter separates failures with empty lines and says nothing when there are none.
            if (!string.IsNullOrWhiteSpace(line))
            {
                lock (printing)
                {
                    print(line);
                }
            }
        }
    }

    private IEnumerable<string> Arguments(string report)
    {
        string[] always = ["-noLogo", "-noColor", "-noAutoReporters", "-reporter", "quiet", "-xml", report];
        string[] campaigns = options.Campaigns ? ["-explicit", "only"] : [];
        return always
            .Concat(campaigns)
            .Concat(options.TestNameParts.SelectMany(part => new[] { "-method", $"*{part}*" }))
            .Concat(options.PassedOn);
    }

    /// <summary>A program that crashed, wrote no report or ran nothing is a failure, whatever it counted.</summary>
    private (TestOutcome Outcome, string? Complaint) Judge(TestOutcome? reported, string? ending)
    {
        TestOutcome outcome = reported ?? default;
        string? complaint = ending
            ?? (reported is null ? "it wrote no report" : null)
            ?? (outcome.Total == 0 && !options.IsSelective ? "it ran no test" : null);
        return complaint is null || outcome.Failed > 0
            ? (outcome, complaint)
            : (outcome + new TestOutcome(0, 1, 0), complaint);
    }
}
