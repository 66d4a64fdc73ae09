using System.Text;
using Rivulet.Protocol;

namespace Rivulet.Fuzz.Tests;

/// <summary>The record that a run of the client operation parser must give, worked out slowly.</summary>
internal static class SlowClientParser
{
    private static readonly string[] Names =
        ["PUB ", "HPUB ", "SUB ", "UNSUB ", "-ERR ", "CONNECT", "PING", "PONG", "INFO", "+OK"];

    public static List<string> Record(byte[] input, ParserLimits limits)
    {
        var record = new List<string>();
        string text = Encoding.Latin1.GetString(input);
        while (text.Length > 0)
        {
            if (limits.AwaitConnect && text[0] is not ('c' or 'C'))
                return [.. record, "violation AuthorizationViolation"];
            SlowOperation.Line line = SlowOperation.Read(text, Names, limits.MaxControlLine);
            if (line.Violation is not null)
                return [.. record, $"violation {line.Violation}"];
            if (line.Name is null)
                break;
            (string? violation, string? rest) = line.Name is "PUB" or "HPUB"
                ? Publish(line, limits, record)
                : (Plain(line, record), line.Rest);
            if (violation is not null)
                return [.. record, $"violation {violation}"];
            if (rest is null)
                break;
            text = rest;
            limits.AwaitConnect &= line.Name != "CONNECT";
        }

        return [.. record, $"NeedMoreData [{SlowOperation.Show(text)}]"];
    }

    private static string? Plain(SlowOperation.Line line, List<string> record)
    {
        string[] arguments = SlowOperation.Split(line.Arguments, ' ', '\t', '\r');
        string[] shown = [.. arguments.Select(SlowOperation.Show)];
        switch (line.Name)
        {
            case "PING" or "PONG":
                record.Add(line.Name);
                return null;
            case "CONNECT":
                record.Add($"CONNECT json=[{SlowOperation.Show(line.Arguments)}]");
                return null;
            case "SUB" when shown.Length is 2 or 3:
                record.Add($"SUB subject=[{shown[0]}] queue=[{(shown.Length == 3 ? shown[1] : "")}] sid=[{shown[^1]}]");
                return null;
            case "UNSUB" when shown.Length is 1 or 2:
                record.Add($"UNSUB sid=[{shown[0]}] max={(shown.Length == 2 ? SlowOperation.Size(arguments[1]) ?? 0 : 0)}");
                return null;
            case "SUB" or "UNSUB":
                return "InvalidArguments";
            default:
                return line.Name == "-ERR" ? "ReportedByClient" : null;
        }
    }

    private static (string? Violation, string? Remaining) Publish(
        SlowOperation.Line line, ParserLimits limits, List<string> record)
    {
        string[] arguments = SlowOperation.Split(line.Arguments, ' ', '\t');
        int numbers = line.Name == "HPUB" ? 2 : 1;
        if (numbers == 2 && !limits.HeadersSupported)
            return ("InvalidArguments", null);
        if (arguments.Length != 1 + numbers && arguments.Length != 2 + numbers)
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
        string reply = arguments.Length == 2 + numbers ? SlowOperation.Show(arguments[1]) : "";
        string headerText = numbers == 2
            ? $" header-digits=[{arguments[^2]}] headers=[{SlowOperation.Show(line.Rest[..headers.Value])}]"
            : "";
        record.Add(
            $"PUB subject=[{SlowOperation.Show(arguments[0])}] reply=[{reply}]{headerText} digits=[{arguments[^1]}]"
            + $" payload=[{SlowOperation.Show(line.Rest[headers.Value..size.Value])}]");
        return (null, line.Rest[(size.Value + 2)..]);
    }
}
