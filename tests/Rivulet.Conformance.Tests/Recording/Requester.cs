using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Rivulet.Conformance.Tests.Targets;

namespace Rivulet.Conformance.Tests.Recording;

/// <summary>Makes the requests of a dialogue on one connection, and reads what is answered. Bytes are Latin-1 characters.</summary>
internal sealed partial class Requester : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(250);

    private readonly Stream _stream;
    private readonly StringBuilder _unread = new();
    private readonly byte[] _chunk = new byte[64 << 10];
    private Task<int>? _reading;
    private int _requests;

    private Requester(Stream stream)
    {
        _stream = stream;
    }

    /// <summary>Connects.</summary>
    public static async Task<Requester> ConnectAsync(ConformanceTarget server)
    {
        var requester = new Requester(await server.ConnectAsync());
        await requester.SendAsync(
            "CONNECT {\"verbose\":false,\"headers\":true,\"no_responders\":true,\"protocol\":1}\r\nSUB _R.* 1\r\n");
        return requester;
    }

    /// <summary>Answers to the last request as they came: headers, payload.</summary>
    public List<(string Headers, string Payload)> Heard { get; } = [];

    /// <summary>Where the last message of a stream, or piece of a backup, wants its ack.</summary>
    public string AckSubject { get; private set; } = "";

    /// <summary>The body of the last request.</summary>
    public string Body { get; private set; } = "";

    /// <summary>Makes a request.</summary>
    /// <returns>The answers, steady.</returns>
    public async Task<List<string>> AskAsync(string request)
    {
        string[] parts = Long().Replace(request, run => new string(run.Groups[1].Value[0], int.Parse(run.Groups[2].Value, CultureInfo.InvariantCulture)))
            .Split(' ', 3);
        if (parts[0] == "wait")
        {
            await Task.Delay(int.Parse(parts[1], CultureInfo.InvariantCulture));
            return [];
        }

        string subject = parts[0] switch
        {
            "api" or "all" or "do" => "$JS.API." + parts[1],
            "pub" => parts[1],
            _ => throw new FormatException($"'{request}' is no request"),
        };
        string headers = "";
        string body = parts.Length > 2 ? parts[2] : "";
        if (body.StartsWith('[') && body.Contains(": ", StringComparison.Ordinal))
        {
            int end = body.IndexOf(']', StringComparison.Ordinal);
            headers = "NATS/1.0\r\n" + body[1..end].Replace(" | ", "\r\n", StringComparison.Ordinal) + "\r\n\r\n";
            body = body[(end + 1)..].TrimStart(' ');
        }

        Body = body;
        Heard.Clear();
        string reply = $"_R.{++_requests} ";
        await SendAsync(headers.Length == 0
            ? $"PUB {subject} {reply}{body.Length}\r\n{body}\r\n"
            : $"HPUB {subject} {reply}{headers.Length} {headers.Length + body.Length}\r\n{headers}{body}\r\n");
        return parts[0] switch
        {
            "all" => await ReadAllAsync(request),
            "do" => await ReadAnswerAsync(request, Patience) is null ? ["no answer"] : [],
            _ => [await ReadAnswerAsync(request, Patience) ?? "no answer"],
        };
    }

    /// <summary>Publishes an empty message that nobody answers.</summary>
    public Task TellAsync(string subject) => SendAsync($"PUB {subject} 0\r\n\r\n");

    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    /// <summary>Reads until nothing comes for a while.</summary>
    private async Task<List<string>> ReadAllAsync(string request)
    {
        var answers = new List<string>();
        while (await ReadAnswerAsync(request, answers.Count == 0 ? Patience : Quiet) is { } answer)
            answers.Add(answer);
        return answers;
    }

    /// <summary>Reads the next answer to the last request; those to earlier ones are passed over.</summary>
    private async Task<string?> ReadAnswerAsync(string request, TimeSpan patience)
    {
        while (await ReadLineAsync(patience) is { } line)
        {
            string[] parts = line.Split(' ');
            if (line == "PING")
                await SendAsync("PONG\r\n");
            if (parts[0] is not ("MSG" or "HMSG"))
                continue;
            int total = int.Parse(parts[^1], CultureInfo.InvariantCulture);
            int headerBytes = parts[0] == "HMSG" ? int.Parse(parts[^2], CultureInfo.InvariantCulture) : 0;
            string message = await ReadAsync(total + 2, patience);
            string answer = AnswerText.Of(request, message[..headerBytes], message[headerBytes..total]);
            if (parts[1] == $"_R.{_requests}")
            {
                Heard.Add((message[..headerBytes], message[headerBytes..total]));
                return answer;
            }

            // A message of a stream, which keeps its subject.
            AckSubject = Array.Find(parts, part => part.StartsWith("$JS.", StringComparison.Ordinal)) ?? AckSubject;
            if (!parts[1].StartsWith("_R.", StringComparison.Ordinal))
                return $"{parts[1]}: {answer}";
        }

        return null;
    }

    private async Task<string?> ReadLineAsync(TimeSpan patience)
    {
        int end;
        while ((end = _unread.ToString().IndexOf("\r\n", StringComparison.Ordinal)) < 0)
        {
            if (!await FillAsync(patience))
                return null;
        }

        return Take(end + 2)[..^2];
    }

    private async Task<string> ReadAsync(int count, TimeSpan patience)
    {
        while (_unread.Length < count)
        {
            if (!await FillAsync(patience))
                throw new TimeoutException("an answer does not end");
        }

        return Take(count);
    }

    private string Take(int count)
    {
        string taken = _unread.ToString(0, count);
        _unread.Remove(0, count);
        return taken;
    }

    private async Task<bool> FillAsync(TimeSpan patience)
    {
        _reading ??= _stream.ReadAsync(_chunk).AsTask();
        try
        {
            int read = await _reading.WaitAsync(patience);
            _reading = null;
            _unread.Append(Encoding.Latin1.GetString(_chunk, 0, read));
            return read > 0;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    [GeneratedRegex(@"\{\{(.)\*(\d+)\}\}")]
    private static partial Regex Long();

    private async Task SendAsync(string text)
    {
        await _stream.WriteAsync(Encoding.Latin1.GetBytes(text));
        await _stream.FlushAsync();
    }
}
