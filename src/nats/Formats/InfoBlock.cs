using System.Text;

namespace Rivulet.Cli.Formats;

/// <summary>
/// A report of labelled values in sections: a heading, then <c>label: value</c> rows whose colons stand in one column
/// for the whole block. Built by one command and rendered once; not for use by several threads.
/// </summary>
internal sealed class InfoBlock(string heading)
{
    private readonly List<Entry> _entries = [];
    private int _indent;

    private enum EntryKind
    {
        Section,
        Row,
        Line,
    }

    /// <summary>Indents what follows by this many spaces.</summary>
    public void Indent(int spaces) => _indent = spaces;

    public void Section(string title) => _entries.Add(new Entry(EntryKind.Section, title, "", _indent));

    public void Row(string label, string value) => _entries.Add(new Entry(EntryKind.Row, label, value, _indent));

    public void Row(string label, bool value) => Row(label, value ? "true" : "false");

    public void Row(string label, long value) => Row(label, Numbers.WithCommas(value));

    public void Row(string label, ulong value) => Row(label, Numbers.WithCommas(value));

    public void RowUnlessEmpty(string label, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            Row(label, value);
        }
    }

    /// <summary>A line outside the columns; empty for a blank one.</summary>
    public void Line(string text = "") => _entries.Add(new Entry(EntryKind.Line, text, "", _indent));

    public string Render(OutputStyle style) => style.Shape switch
    {
        OutputShape.Markdown => RenderMarkdown(),
        OutputShape.Json => InfoBlockJson.Render(heading, JsonSections()),
        _ => RenderColumns(style),
    };

    private string RenderColumns(OutputStyle style)
    {
        var longest = LongestLabel();
        var colon = style.Colored(":");
        var text = new StringBuilder().Append(heading).Append("\n\n");
        var first = true;
        var afterTitle = false;
        var afterBlank = false;
        foreach (var entry in _entries)
        {
            switch (entry.Kind)
            {
                case EntryKind.Section:
                    if (!first && !afterTitle && !afterBlank)
                    {
                        text.Append('\n');
                    }

                    text.Append(' ', entry.Indent).Append(entry.Label).Append(entry.Label.EndsWith(':') ? "\n\n" : ":\n\n");
                    break;
                case EntryKind.Row:
                    text.Append(' ', entry.Indent + longest - entry.Label.Length + 2).Append(entry.Label)
                        .Append(entry.Label.Length == 0 ? " " : colon).Append(' ').Append(entry.Value).Append('\n');
                    break;
                default:
                    if (!afterTitle || entry.Label.Length > 0)
                    {
                        text.Append(' ', entry.Indent).Append(entry.Label.Length == 0 ? "" : " ").Append(entry.Label).Append('\n');
                    }

                    break;
            }

            first = false;
            afterTitle = entry.Kind == EntryKind.Section;
            afterBlank = entry.Kind == EntryKind.Line && entry.Label.Length == 0;
        }

        return text.ToString();
    }

    private int LongestLabel()
    {
        var longest = 0;
        foreach (var entry in _entries)
        {
            if (entry.Kind == EntryKind.Row)
            {
                longest = Math.Max(longest, entry.Label.Length);
            }
        }

        return longest;
    }

    private string RenderMarkdown()
    {
        var text = new StringBuilder().Append("# ").Append(heading).Append("\n\n");
        var first = true;
        foreach (var entry in _entries)
        {
            switch (entry.Kind)
            {
                case EntryKind.Section:
                    text.Append(first ? "" : "\n").Append(entry.Indent == 0 ? "##" : entry.Indent <= 2 ? "###" : "####")
                        .Append(' ').Append(entry.Label).Append("\n\n");
                    break;
                case EntryKind.Row when entry.Label.Length == 0:
                    text.Append("- ").Append(entry.Value).Append('\n');
                    break;
                case EntryKind.Row:
                    text.Append("- **").Append(entry.Label).Append(":** ").Append(entry.Value).Append('\n');
                    break;
                default:
                    text.Append(entry.Label).Append('\n');
                    break;
            }

            first = false;
        }

        return text.ToString();
    }

    /// <summary>Sections by name; rows before any section are under the empty name.</summary>
    private SortedDictionary<string, SortedDictionary<string, string>> JsonSections()
    {
        var sections = new SortedDictionary<string, SortedDictionary<string, string>>(StringComparer.Ordinal);
        var current = "";
        foreach (var entry in _entries)
        {
            if (entry.Kind == EntryKind.Section)
            {
                current = entry.Label;
            }
            else if (entry.Kind == EntryKind.Row && entry.Label.Length > 0)
            {
                if (!sections.TryGetValue(current, out var rows))
                {
                    sections[current] = rows = new SortedDictionary<string, string>(StringComparer.Ordinal);
                }

                rows[entry.Label] = entry.Value;
            }
        }

        return sections;
    }

    private readonly record struct Entry(EntryKind Kind, string Label, string Value, int Indent);
}
