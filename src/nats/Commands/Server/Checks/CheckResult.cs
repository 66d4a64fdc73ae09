using System.Globalization;
using System.Text.Json;
using Rivulet.Cli.Formats;

namespace Rivulet.Cli.Commands.Server.Checks;

/// <summary>What a check found, and how it is told to whoever watches. Built by one command.</summary>
/// <param name="name">What was checked.</param>
/// <param name="suite">The kind of check, part of the names of metrics.</param>
internal sealed class CheckResult(string name, string suite)
{
    private const int Warning = 1;
    private const int CriticalCode = 2;

    private readonly List<string> _criticals = [];
    private readonly List<string> _warnings = [];
    private readonly List<string> _good = [];
    private readonly List<CheckMetric> _metrics = [];

    /// <summary>What the program ends with.</summary>
    public int ExitCode => _criticals.Count > 0 ? CriticalCode : _warnings.Count > 0 ? Warning : 0;

    private string Status => ExitCode switch { CriticalCode => "CRITICAL", Warning => "WARNING", _ => "OK" };

    public void Critical(string text) => _criticals.Add(text);

    public void Warn(string text) => _warnings.Add(text);

    public void Ok(string text) => _good.Add(text);

    public void Add(CheckMetric metric) => _metrics.Add(metric);

    /// <summary>Judges a figure that should stay low: told as critical, as a warning, or as good.</summary>
    /// <param name="metric">The figure, with its thresholds.</param>
    /// <param name="text">What to say of it.</param>
    public void Judge(CheckMetric metric, string text)
    {
        Add(metric);
        if (metric.Critical > 0 && metric.Value >= metric.Critical)
        {
            Critical(text);
        }
        else if (metric.Warning > 0 && metric.Value >= metric.Warning)
        {
            Warn(text);
        }
        else
        {
            Ok(text);
        }
    }

    public string Render(string format, string metricPrefix, OutputStyle style) => format switch
    {
        "json" => RenderJson(),
        "prometheus" => RenderPrometheus(metricPrefix),
        "text" => RenderText(style),
        _ => RenderNagios(),
    };

    private string RenderNagios()
    {
        var parts = new List<string> { Status, name };
        parts.AddRange(_criticals.Select(text => $"Crit:{text}"));
        parts.AddRange(_warnings.Select(text => $"Warn:{text}"));
        parts.AddRange(_good.Select(text => $"OK:{text}"));
        if (_metrics.Count > 0)
        {
            parts.Add("|");
            parts.AddRange(_metrics.Select(metric => metric.ToString()));
        }

        return string.Join(' ', parts) + "\n";
    }

    private string RenderJson()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            json.WriteString("status", Status);
            json.WriteString("check_suite", suite);
            json.WriteString("check_name", name);
            Write(json, "warning", _warnings);
            Write(json, "critical", _criticals);
            Write(json, "ok", _good);
            json.WriteStartArray("perf_data");
            foreach (var metric in _metrics)
            {
                json.WriteStartObject();
                json.WriteString("name", metric.Name);
                json.WriteNumber("value", metric.Value);
                json.WriteNumber("warning", metric.Warning);
                json.WriteNumber("critical", metric.Critical);
                json.WriteString("unit", metric.Unit);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(buffer.ToArray()) + "\n";
    }

    private static void Write(Utf8JsonWriter json, string member, List<string> texts)
    {
        if (texts.Count == 0)
        {
            return;
        }

        json.WriteStartArray(member);
        foreach (var text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }

    private string RenderPrometheus(string prefix)
    {
        var text = new System.Text.StringBuilder();
        foreach (var metric in _metrics.OrderBy(metric => metric.Name, StringComparer.Ordinal))
        {
            Append(metric.Name, metric.Help.Length > 0 ? metric.Help : metric.Name, "", metric.Value.ToString("R", CultureInfo.InvariantCulture));
        }

        Append("status_code", "Nagios compatible status code", $",status=\"{Status}\"", ExitCode.ToString(CultureInfo.InvariantCulture));
        return text.ToString();

        void Append(string metric, string help, string labels, string value)
        {
            var full = $"{prefix}_{suite}_{metric}";
            text.Append(CultureInfo.InvariantCulture, $"# HELP {full} {help}\n# TYPE {full} gauge\n{full}{{item=\"{name}\"{labels}}} {value}\n");
        }
    }

    private string RenderText(OutputStyle style)
    {
        var text = $"{name}: {Status}\n\n";
        var details = new TextTable("Status Detail", "Status", "Message");
        _criticals.ForEach(one => details.Row("Critical", one));
        _warnings.ForEach(one => details.Row("Warning", one));
        _good.ForEach(one => details.Row("OK", one));
        text += details.Render(style) + "\n";
        if (_metrics.Count == 0)
        {
            return text;
        }

        var metrics = new TextTable("Check Metrics", "Metric", "Value", "Unit", "Critical Threshold", "Warning Threshold");
        foreach (var metric in _metrics)
        {
            metrics.Row(metric.Name, metric.Text(metric.Value), metric.Unit, metric.Text(metric.Critical), metric.Text(metric.Warning));
        }

        return text + metrics.Render(style) + "\n";
    }
}
