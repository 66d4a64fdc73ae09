using System.Globalization;
using System.Net;
using System.Text;
using Rivulet.Benchmarks.Growth.Axes;

namespace Rivulet.Benchmarks.Growth.Report;

/// <summary>Draws an axis as SVG: a panel for each drawn figure, a line for each server.</summary>
internal sealed class Plot
{
    private const int Columns = 2;
    private const int PanelWidth = 460;
    private const int PanelHeight = 270;
    private const int LegendHeight = 36;
    private const int Left = 76;
    private const int Right = 24;
    private const int Top = 34;
    private const int Bottom = 40;

    // Told apart also by those who do not tell red from green; the marks differ as well.
    private static readonly string[] Colours = ["#0b62a4", "#d2691e", "#3a7d44", "#7b3fa0"];

    private readonly StringBuilder _svg = new();
    private readonly Axis _axis;
    private readonly IReadOnlyList<Curves> _servers;

    private Plot(Axis axis, IReadOnlyList<Curves> servers)
    {
        _axis = axis;
        _servers = servers;
    }

    public static string Draw(Axis axis, IReadOnlyList<Curves> servers) => new Plot(axis, servers).Draw();

    private string Draw()
    {
        Figure[] figures = [.. _axis.Figures.Where(figure => figure.IsDrawn && _servers.Any(server => server[figure].Count > 0))];
        int width = Columns * PanelWidth;
        int height = LegendHeight + ((figures.Length + Columns - 1) / Columns * PanelHeight);
        Line($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" font-family=\"sans-serif\" font-size=\"12\">");
        Line($"<rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>");
        DrawLegend();
        for (int i = 0; i < figures.Length; i++)
        {
            Line($"<g transform=\"translate({i % Columns * PanelWidth} {LegendHeight + (i / Columns * PanelHeight)})\">");
            DrawPanel(figures[i]);
            Line($"</g>");
        }

        Line($"</svg>");
        return _svg.ToString();
    }

    private void DrawLegend()
    {
        for (int i = 0, x = Left; i < _servers.Count; i++, x += 200)
        {
            Line($"<line x1=\"{x}\" y1=\"20\" x2=\"{x + 28}\" y2=\"20\" stroke=\"{Colours[i % Colours.Length]}\" stroke-width=\"2.5\"/>");
            DrawMark(i, x + 14, 20);
            Line($"<text x=\"{x + 36}\" y=\"24\" fill=\"#222222\">{WebUtility.HtmlEncode(_servers[i].Server)}</text>");
        }
    }

    private void DrawPanel(Figure figure)
    {
        (double X, double Y)[] all = [.. _servers.SelectMany(server => server[figure])];
        Scale across = Scale.OfPoints([.. all.Select(point => point.X).Distinct()]);
        Scale up = Scale.OfValues([.. all.Select(point => point.Y)]);
        Line($"<text x=\"{Left}\" y=\"20\" font-weight=\"bold\" fill=\"#222222\">{WebUtility.HtmlEncode(figure.Name)}</text>");
        foreach (double mark in up.Marks)
        {
            Line($"<line x1=\"{Left}\" y1=\"{Y(up, mark):0.#}\" x2=\"{PanelWidth - Right}\" y2=\"{Y(up, mark):0.#}\" stroke=\"#e2e2e2\"/>");
            Line($"<text x=\"{Left - 8}\" y=\"{Y(up, mark) + 4:0.#}\" text-anchor=\"end\" fill=\"#555555\">{Scale.Text(mark)}</text>");
        }

        foreach (double mark in across.Marks)
        {
            Line($"<line x1=\"{X(across, mark):0.#}\" y1=\"{PanelHeight - Bottom}\" x2=\"{X(across, mark):0.#}\" y2=\"{PanelHeight - Bottom + 5}\" stroke=\"#888888\"/>");
            Line($"<text x=\"{X(across, mark):0.#}\" y=\"{PanelHeight - Bottom + 19}\" text-anchor=\"middle\" fill=\"#555555\">{WebUtility.HtmlEncode(_axis.Label(mark))}</text>");
        }

        Line($"<line x1=\"{Left}\" y1=\"{PanelHeight - Bottom}\" x2=\"{PanelWidth - Right}\" y2=\"{PanelHeight - Bottom}\" stroke=\"#888888\"/>");
        for (int i = 0; i < _servers.Count; i++)
            DrawLine(i, [.. _servers[i][figure].Select(point => (X(across, point.X), Y(up, point.Y)))]);
    }

    private void DrawLine(int server, (double X, double Y)[] points)
    {
        string path = string.Join(' ', points.Select(point => string.Create(CultureInfo.InvariantCulture, $"{point.X:0.#},{point.Y:0.#}")));
        Line($"<polyline points=\"{path}\" fill=\"none\" stroke=\"{Colours[server % Colours.Length]}\" stroke-width=\"2.5\" stroke-linejoin=\"round\"/>");
        foreach ((double x, double y) in points)
            DrawMark(server, x, y);
    }

    private void DrawMark(int server, double x, double y)
    {
        string colour = Colours[server % Colours.Length];
        if (server % 2 == 0)
            Line($"<circle cx=\"{x:0.#}\" cy=\"{y:0.#}\" r=\"4\" fill=\"{colour}\"/>");
        else
            Line($"<rect x=\"{x - 3.5:0.#}\" y=\"{y - 3.5:0.#}\" width=\"7\" height=\"7\" fill=\"{colour}\"/>");
    }

    // The outermost points keep away from the edge, so that their labels have room.
    private static double X(Scale scale, double value) => Left + 20 + (scale.PlaceOf(value) * (PanelWidth - Left - Right - 40));

    private static double Y(Scale scale, double value) => PanelHeight - Bottom - (scale.PlaceOf(value) * (PanelHeight - Top - Bottom));

    private void Line(FormattableString text) => _svg.Append(text.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
