using System.Diagnostics;
using System.Text.Json;
using Rivulet.TestKit.Processes;

namespace Rivulet.Interop.Tests;

/// <summary>
/// Runs one script against a server of its own and holds it to its plan. A script says on standard output what it will
/// check, then how each check went, and may ask for the server to be restarted; <c>js/checks.mjs</c> has the details.
/// </summary>
internal sealed class NodeScript
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(3);

    private readonly List<string> _plan = [];
    private readonly HashSet<string> _passed = [];
    private readonly List<string> _problems = [];
    private readonly List<string> _otherOutput = [];
    private bool _done;

    /// <summary>Runs it to its end.</summary>
    /// <exception cref="Xunit.Sdk.XunitException">A planned check failed or is missing; the message names it.</exception>
    /// <param name="script">The script.</param>
    /// <param name="options">How the server is started; null for as usual.</param>
    public static async Task RunAsync(string script, ServerProcessOptions? options = null)
    {
        await using ServerProcess server = await ServerProcess.StartAsync(options);
        await new NodeScript().RunAsync(script, server);
    }

    private async Task RunAsync(string script, ServerProcess server)
    {
        using var node = new Process
        {
            StartInfo = new ProcessStartInfo("node", [Path.Combine(NodePackages.Folder, script)])
            {
                WorkingDirectory = NodePackages.Folder,
                Environment = { ["NATS_URL"] = server.Url },
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        node.Start();
        using var limit = new CancellationTokenSource(s_limit);
        try
        {
            Task<string> errors = node.StandardError.ReadToEndAsync(limit.Token);
            await FollowAsync(node, server, limit.Token);
            await node.WaitForExitAsync(limit.Token);
            _otherOutput.Add(await errors);
        }
        catch (OperationCanceledException)
        {
            node.Kill(entireProcessTree: true);
            _problems.Add($"the script did not end within {s_limit}");
        }

        AssertAllPassed(script, server);
    }

    private async Task FollowAsync(Process node, ServerProcess server, CancellationToken cancellation)
    {
        while (await node.StandardOutput.ReadLineAsync(cancellation) is { } line)
        {
            if (!line.StartsWith('{'))
            {
                _otherOutput.Add(line);
                continue;
            }

            using var json = JsonDocument.Parse(line);
            if (json.RootElement.TryGetProperty("request", out JsonElement request))
            {
                Assert.Equal("restart-server", request.GetString());
                await server.KillAsync();
                await server.StartAgainAsync();
                await node.StandardInput.WriteLineAsync("restarted");
                await node.StandardInput.FlushAsync(cancellation);
            }
            else
            {
                Record(json.RootElement);
            }
        }
    }

    private void Record(JsonElement line)
    {
        if (line.TryGetProperty("plan", out JsonElement plan))
        {
            _plan.AddRange(plan.EnumerateArray().Select(name => name.GetString()!));
        }
        else if (line.TryGetProperty("check", out JsonElement check))
        {
            if (line.GetProperty("ok").GetBoolean())
            {
                _passed.Add(check.GetString()!);
            }
            else
            {
                _problems.Add($"{check.GetString()}\n{line.GetProperty("problem").GetString()}");
            }
        }
        else if (line.TryGetProperty("done", out _))
        {
            _done = true;
        }
    }

    private void AssertAllPassed(string script, ServerProcess server)
    {
        string? missing = _plan.Find(name => !_passed.Contains(name));
        if (_done && _plan.Count > 0 && missing is null && _problems.Count == 0)
        {
            return;
        }

        string first = missing ?? (_plan.Count == 0 ? "the plan" : "the end");
        Assert.Fail(
            $"""
            {script}: {_passed.Count} of {_plan.Count} checks passed; the first missing is: {first}
            {string.Join("\n\n", _problems)}
            {string.Join('\n', _otherOutput)}
            The server's log ends with:
            {string.Join('\n', server.Log.TakeLast(20))}
            """);
    }
}
