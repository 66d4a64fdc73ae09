using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Rivulet.Conformance.Tests.Targets;

namespace Rivulet.Conformance.Tests.Scripting;

/// <summary>Runs one script against one target, step by step.</summary>
internal sealed partial class ScriptRunner(ConformanceTarget target) : IAsyncDisposable
{
    private readonly Dictionary<char, ScriptConnection> _connections = [];

    // Parts of lines that an expression gave a name, for later steps.
    private readonly Dictionary<string, string> _captured = new(StringComparer.Ordinal);

    public async Task RunAsync(Script script)
    {
        foreach (ScriptStep step in script.Steps)
        {
            try
            {
                await RunAsync(step);
            }
            catch (Exception failure) when (failure is IOException or ScriptFailure)
            {
                string unread = string.Join("\n", _connections.Select(c => $"unread on {c.Key}: {c.Value.Unread}"));
                Assert.Fail($"{script.File}.txt, {script.Title}\n{step}\n{failure.Message}\n{unread}");
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (ScriptConnection connection in _connections.Values)
            await connection.DisposeAsync();
    }

    private async Task RunAsync(ScriptStep written)
    {
        ScriptStep step = written with { Text = Captured().Replace(written.Text, name => _captured[name.Groups[1].Value]) };
        ScriptConnection connection = await ConnectionOfAsync(step);
        switch (step.Action)
        {
            case ">":
                await connection.SendAsync([.. ScriptText.ToBytes(step.Text), .. "\r\n"u8]);
                break;
            case ">>":
                await connection.SendAsync(ScriptText.ToBytes(step.Text));
                break;
            case "<":
                await ExpectAsync(connection, [.. ScriptText.ToBytes(step.Text), .. "\r\n"u8]);
                break;
            case "<<":
                await ExpectAsync(connection, ScriptText.ToBytes(step.Text));
                break;
            case "~":
                await ExpectLineAsync(connection, step.Text);
                break;
            case "pub":
                await PublishAsync(connection, step.Text);
                break;
            case "msg":
                await ExpectMessageAsync(connection, step.Text);
                break;
            case "repeat":
                await RepeatAsync(connection, step.Text);
                break;
            case "sync":
                await connection.SendAsync([.. "PING\r\n"u8]);
                await ExpectAsync(connection, [.. "PONG\r\n"u8]);
                break;
            case "closed":
                if (!await connection.IsClosedSilentlyAsync())
                    throw new ScriptFailure("The connection is not closed, or something came before it closed.");
                break;
            case "close":
                await connection.DisposeAsync();
                break;
        }
    }

    /// <summary>The connection a step is about; opened at its first step, which takes the INFO unless it is <c>open</c>.</summary>
    private async Task<ScriptConnection> ConnectionOfAsync(ScriptStep step)
    {
        if (_connections.TryGetValue(step.Connection, out ScriptConnection? connection))
            return connection;
        connection = new ScriptConnection(await target.ConnectAsync());
        _connections.Add(step.Connection, connection);
        if (step.Action != "open")
            await ExpectLineAsync(connection, @"INFO \{.*\} ");
        return connection;
    }

    private static async Task ExpectAsync(ScriptConnection connection, byte[] expected)
    {
        byte[] found = await connection.TakeAsync(expected.Length);
        if (!found.AsSpan().SequenceEqual(expected))
            throw new ScriptFailure($"expected: {ScriptText.ToText(expected)}\nfound:    {ScriptText.ToText(found)}");
    }

    private async Task ExpectLineAsync(ScriptConnection connection, string pattern)
    {
        byte[] found = await connection.TakeLineAsync();
        Match match = Regex.Match(Encoding.UTF8.GetString(found), $@"\A{pattern}\r\n\z");
        if (!match.Success)
            throw new ScriptFailure($"expected a line like: {pattern}\nfound: {ScriptText.ToText(found)}");
        foreach (Group named in match.Groups.Values.Where(group => !char.IsAsciiDigit(group.Name[0])))
            _captured[named.Name] = named.Value;
    }

    /// <summary><c>pub subject reply payload</c>, with <c>-</c> for no reply.</summary>
    private static async Task PublishAsync(ScriptConnection connection, string text)
    {
        string[] parts = text.Split(' ', 3);
        byte[] payload = ScriptText.ToBytes(parts[2]);
        string reply = parts[1] == "-" ? "" : parts[1] + " ";
        await connection.SendAsync(
            [.. Encoding.UTF8.GetBytes($"PUB {parts[0]} {reply}{payload.Length}\r\n"), .. payload, .. "\r\n"u8]);
    }

    /// <summary><c>msg pattern-of-arguments payload-pattern</c>: a MSG of any size; the first pattern covers subject and sid.</summary>
    private static async Task ExpectMessageAsync(ScriptConnection connection, string text)
    {
        int blank = text.IndexOf("  ", StringComparison.Ordinal);
        string line = Encoding.UTF8.GetString(await connection.TakeLineAsync());
        Match match = Regex.Match(line, $@"\AMSG {text[..blank]} ([0-9]+)\r\n\z");
        if (!match.Success)
            throw new ScriptFailure($"expected a message like: MSG {text[..blank]} <size>\nfound: {line.TrimEnd()}");
        int size = int.Parse(match.Groups[^1].Value, CultureInfo.InvariantCulture);
        string body = Encoding.UTF8.GetString(await connection.TakeAsync(size + 2));
        if (!Regex.IsMatch(body, $@"\A(?:{text[(blank + 2)..]})\r\n\z", RegexOptions.Singleline))
            throw new ScriptFailure($"expected a payload like: {text[(blank + 2)..]}\nfound: {body}");
    }

    /// <summary><c>repeat count line</c> sends a line many times at once.</summary>
    private static async Task RepeatAsync(ScriptConnection connection, string text)
    {
        string[] parts = text.Split(' ', 2);
        byte[] once = [.. ScriptText.ToBytes(parts[1]), .. "\r\n"u8];
        int count = int.Parse(parts[0], CultureInfo.InvariantCulture);
        await connection.SendAsync([.. Enumerable.Repeat(once, count).SelectMany(b => b)]);
    }

    [GeneratedRegex(@"\{=([a-z]+)\}")]
    private static partial Regex Captured();
}

/// <summary>An expectation that was not met.</summary>
internal sealed class ScriptFailure(string message) : Exception(message);
