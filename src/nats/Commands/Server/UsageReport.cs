using System.Globalization;
using System.Text;
using System.Text.Json;
using Rivulet.Cli.CommandLine;
using Rivulet.Cli.Connecting;
using Rivulet.Cli.Formats;

namespace Rivulet.Cli.Commands.Server;

/// <summary><c>nats server report cpu</c> and <c>mem</c>: what servers use, as bars.</summary>
internal static class UsageReport
{
    private const int BarWidth = 30;

    public static CommandSpec OfProcessor => Create("cpu", "Report on CPU usage", "CPU Usage", answer => answer.Fraction("statsz", "cpu"), Decimal);

    public static CommandSpec OfMemory => Create(
        "mem", "Report on Memory usage", "Memory Usage", answer => answer.Number("statsz", "mem"), value => ByteSizes.Format((ulong)value));

    private static CommandSpec Create(string name, string help, string title, Func<JsonElement, double> read, Func<double, string> format)
    {
        return new CommandSpec(name, help)
        {
            Arguments = [ReportFlags.Limit],
            Flags = [.. ServerFilterFlags.All, ReportFlags.Json],
            Run = context => RunAsync(context, title, read, format),
        };
    }

    private static async Task RunAsync(CommandContext context, string title, Func<JsonElement, double> read, Func<double, string> format)
    {
        await using var connection = await CliConnection.OpenAsync(context).ConfigureAwait(false);
        var body = SystemQuery.Body(json => ServerFilterFlags.Write(context, json));
        var answers = await SystemQuery.AskAllAsync(context, connection, "$SYS.REQ.SERVER.PING.STATSZ", body, context.Get(ReportFlags.Limit)).ConfigureAwait(false);
        var usage = answers.Select(answer => (Server: answer.Text("server", "name"), Value: read(answer))).OrderBy(one => one.Value).ToList();
        if (context.Get(ReportFlags.Json))
        {
            PrintJson(context, usage);
        }
        else
        {
            context.Output.Write($"{title}\n\n{Bars(usage, format)}");
        }
    }

    private static string Bars(List<(string Server, double Value)> usage, Func<double, string> format)
    {
        var nameWidth = usage.Max(one => one.Server.Length);
        var (min, max) = (usage.Min(one => one.Value), usage.Max(one => one.Value));
        var text = new StringBuilder();
        foreach (var (server, value) in usage)
        {
            // The least of several has no length, so that the bars tell what there is between them.
            var length = value == 0 ? 0 : min.Equals(max) ? BarWidth : (int)((value - min) / ((max - min) / BarWidth));
            text.Append(CultureInfo.InvariantCulture, $"  {server.PadLeft(nameWidth)}: {(length == 0 ? "▏" : new string('█', length))} ({format(value)})\n");
        }

        return text.ToString();
    }

    private static string Decimal(double value) => value.ToString("#,0.##", CultureInfo.InvariantCulture);

    private static void PrintJson(CommandContext context, List<(string Server, double Value)> usage)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            foreach (var (server, value) in usage.OrderBy(one => one.Server, StringComparer.Ordinal))
            {
                json.WriteNumber(server, value);
            }

            json.WriteEndObject();
        }

        context.Output.Write(buffer.ToArray());
        context.Output.WriteLine();
    }
}
