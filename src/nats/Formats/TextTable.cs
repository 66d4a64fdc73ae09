using System.Text;

namespace Rivulet.Cli.Formats;

/// <summary>
/// A titled table in a rounded box. Columns of numbers are aligned right, header included; others left. Cells may hold
/// several lines. Built by one command and rendered once; not for use by several threads.
/// </summary>
internal sealed class TextTable
{
    private const string CutMark = " ≈";
    private readonly string _title;
    private readonly string[] _headers;
    private readonly bool[] _isNumeric;
    private readonly List<string[]> _rows = [];
    private string[]? _footer;

    /// <param name="title">Centred over the columns.</param>
    /// <param name="columns">What stands over the columns, and which of them hold numbers.</param>
    public TextTable(string title, params TableColumn[] columns)
    {
        _title = title;
        _headers = Array.ConvertAll(columns, column => column.Header);
        _isNumeric = Array.ConvertAll(columns, column => column.IsNumeric);
    }

    public void Row(params string[] cells)
    {
        if (cells.Length != _headers.Length)
        {
            throw new ArgumentException($"{cells.Length} cells for {_headers.Length} columns", nameof(cells));
        }

        for (var i = 0; i < cells.Length; i++)
        {
            cells[i] = cells[i].Replace("\t", "    ", StringComparison.Ordinal).Replace("\r\n", "\n", StringComparison.Ordinal);
        }

        _rows.Add(cells);
    }

    /// <summary>A last row, set off from the others.</summary>
    public void Footer(params string[] cells)
    {
        if (cells.Length != _headers.Length)
        {
            throw new ArgumentException($"{cells.Length} cells for {_headers.Length} columns", nameof(cells));
        }

        _footer = cells;
    }

    /// <summary>The table, ending in a line feed.</summary>
    public string Render(OutputStyle style) =>
        style.Shape == OutputShape.Markdown ? RenderMarkdown() : new Painter(this, style).Paint();

    private string RenderMarkdown()
    {
        var text = new StringBuilder();
        if (_title.Length > 0)
        {
            text.Append("# ").Append(_title).Append('\n');
        }

        AppendMarkdownRow(text, _headers);
        foreach (var isNumeric in _isNumeric)
        {
            text.Append(isNumeric && _rows.Count > 0 ? "| ---:" : "| --- ");
        }

        text.Append("|\n");
        foreach (var row in _rows)
        {
            AppendMarkdownRow(text, row);
        }

        if (_footer is not null)
        {
            AppendMarkdownRow(text, _footer);
        }

        return text.ToString();
    }

    private static void AppendMarkdownRow(StringBuilder text, string[] cells)
    {
        foreach (var cell in cells)
        {
            text.Append("| ")
                .Append(cell.Replace("|", "\\|", StringComparison.Ordinal).Replace("\n", "<br/>", StringComparison.Ordinal))
                .Append(' ');
        }

        text.Append("|\n");
    }

    /// <summary>One drawing of a table: its column widths and the lines painted so far.</summary>
    private sealed class Painter
    {
        private readonly TextTable _table;
        private readonly OutputStyle _style;
        private readonly string _box;
        private readonly int[] _widths;
        private readonly int _innerWidth;
        private readonly StringBuilder _text = new();

        public Painter(TextTable table, OutputStyle style)
        {
            _table = table;
            _style = style;
            _box = style.DoubleLines ? "╔═╦╗║╠╬╣╚╩╝" : "╭─┬╮│├┼┤╰┴╯";
            _widths = new int[table._headers.Length];
            Measure(table._headers);
            foreach (var row in table._rows)
            {
                Measure(row);
            }

            Measure(table._footer ?? []);

            _innerWidth = _widths.Length - 1;
            foreach (var width in _widths)
            {
                _innerWidth += width + 2;
            }
        }

        private string Bar => _style.Colored(_box[4].ToString());

        public string Paint()
        {
            Rule(0, 1, 3);
            PaintTitle();
            Rule(5, 2, 7);
            PaintRow(_table._headers);
            Rule(5, 6, 7);
            foreach (var row in _table._rows)
            {
                PaintRow(row);
            }

            if (_table._footer is { } footer)
            {
                Rule(5, 6, 7);
                PaintRow(footer);
            }

            Rule(8, 9, 10);
            return _text.ToString();
        }

        private void Measure(string[] cells)
        {
            for (var i = 0; i < cells.Length; i++)
            {
                foreach (var line in cells[i].AsSpan().EnumerateLines())
                {
                    _widths[i] = Math.Max(_widths[i], DisplayWidth.Of(line));
                }
            }
        }

        private void PaintTitle()
        {
            // The title never widens the box: a longer one goes on in the next line.
            var room = _innerWidth - 2;
            for (var rest = _table._title.AsSpan(); ;)
            {
                var line = TextFit.Take(rest, room);
                var spare = room - DisplayWidth.Of(line);
                EndLine(new StringBuilder(Bar).Append(' ', 1 + spare - (spare / 2)).Append(line).Append(' ', 1 + (spare / 2)).Append(Bar));
                rest = rest[line.Length..];
                if (rest.IsEmpty)
                {
                    return;
                }
            }
        }

        private void PaintRow(string[] cells)
        {
            var lines = new string[cells.Length][];
            var height = 1;
            for (var i = 0; i < cells.Length; i++)
            {
                lines[i] = cells[i].Split('\n');
                height = Math.Max(height, lines[i].Length);
            }

            for (var level = 0; level < height; level++)
            {
                var line = new StringBuilder(Bar);
                for (var i = 0; i < cells.Length; i++)
                {
                    PaintCell(line, level < lines[i].Length ? lines[i][level] : "", i);
                }

                EndLine(line);
            }
        }

        private void PaintCell(StringBuilder line, string cell, int column)
        {
            var spare = _widths[column] - DisplayWidth.Of(cell);
            var right = _table._isNumeric[column] && _table._rows.Count > 0;
            line.Append(' ', right ? spare + 1 : 1).Append(cell).Append(' ', right ? 1 : spare + 1).Append(Bar);
        }

        private void Rule(int left, int between, int right)
        {
            var line = new StringBuilder(_innerWidth + 2).Append(_box[left]);
            for (var i = 0; i < _widths.Length; i++)
            {
                line.Append(_box[1], _widths[i] + 2).Append(i == _widths.Length - 1 ? _box[right] : _box[between]);
            }

            EndLine(new StringBuilder(_style.Colored(line.ToString())));
        }

        private void EndLine(StringBuilder line)
        {
            if (_style.WidthMax > CutMark.Length && _innerWidth + 2 > _style.WidthMax)
            {
                _text.Append(TextFit.TakeColored(line.ToString(), _style.WidthMax - CutMark.Length)).Append(CutMark);
            }
            else
            {
                _text.Append(line);
            }

            _text.Append('\n');
        }
    }
}
