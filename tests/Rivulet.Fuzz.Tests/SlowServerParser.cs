using System.Text;
using Rivulet.Protocol;

namespace Rivulet.Fuzz.Tests;

/// <summary>The record that a run of the server operation parser must give, worked out slowly.</summary>
internal static class SlowServerParser
{
    private static readonly string[] Names = ["MSG ", "HMSG ", "INFO", "PING", "PONG", "+OK", "-ERR"];

    public static List<string> Record(byte[] input, ParserLimits limits)
    {
        var record = new List<string>();
        string text = Encoding.Latin1.GetString(input);
        while (text.Length > 0)
        {
            SlowOperation.Line line = SlowOperation.Read(text, Names, limits.MaxControlLine);
            if (line.Violation is not null)
                return [.. record, $"violation {line.Violation}"];
            if (line.Name is null)
                break;
            if (line.Name is not ("MSG" or "HMSG"))
            {
                record.Add(Plain(line));
                text = line.Rest;
                continue;
            }

            (string? violation, string? rest) = Message(line, limits, record);
            if (violation is not null)
                return [.. record, $"violation {violation}"];
            if (rest is null)
                break;
            text = rest;
        }

        return [.. record, $"NeedMoreData [{SlowOperation.Show(text)}]"];
    }

    private static string Plain(SlowOperation.Line line)
    {
        switch (line.Name)
        {
            case "INFO":
                return $"INFO json=[{SlowOperation.Show(line.Arguments)}]";
            case "-ERR":
                string text = line.Arguments.TrimEnd(' ', '\t');
                bool quoted = text.Length >= 2 && text.StartsWith('\'') && text.EndsWith('\'');
                return $"-ERR text=[{SlowOperation.Show(quoted ? text[1..^1] : text)}]";
            default:
                return line.Name!;
        }
    }

    private static (string? Violation, string? Remaining) Message(
        SlowOperation.Line line, ParserLimits limits, List<string> record)
    {
        string[] arguments = SlowOperation.Split(line.Arguments, ' ', '\t');
        int numbers = line.Name == "HMSG" ? 2 : 1;
        if (arguments.Length != 2 + numbers && arguments.Length != 3 + numbers)
            return ("InvalidArguments", null);
        int? size = SlowOperation.Size(arguments[^1]);
        int? headers = numbers == 2 ? SlowOperation.Size(arguments[^2]) : 0;
        if (size is null || headers is null || headers > size)
            return ("InvalidArguments", null);
        if (limits.MaxPayload >= 0 && size > limits.MaxPayload)
            return ("PayloadTooLarge", null);
        bool? terminated = SlowOperation.IsTerminated(line.Rest, size.Value);
        if (terminated != true)
            return (terminated is null ? null : "UnknownOperation", null);
        string reply = arguments.Length == 3 + numbers ? SlowOperation.Show(arguments[2]) : "";
        record.Add(
            $"MSG subject=[{SlowOperation.Show(arguments[0])}] sid=[{SlowOperation.Show(arguments[1])}] reply=[{reply}]"
            + $" headers=[{SlowOperation.Show(line.Rest[..headers.Value])}]"
            + $" payload=[{SlowOperation.Show(line.Rest[headers.Value..size.Value])}]");
        return (null, line.Rest[(size.Value + 2)..]);
    }
}
