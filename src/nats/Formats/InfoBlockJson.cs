using System.Text;
using System.Text.Json;

namespace Rivulet.Cli.Formats;

/// <summary>The JSON form of an <see cref="InfoBlock"/>: the heading, loose rows, and an object for each section.</summary>
internal static class InfoBlockJson
{
    public static string Render(string heading, SortedDictionary<string, SortedDictionary<string, string>> sections)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("Header", heading);
            foreach (var (title, rows) in sections)
            {
                if (title.Length == 0)
                {
                    WriteRows(json, rows);
                    continue;
                }

                json.WriteStartObject(title);
                WriteRows(json, rows);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length) + "\n";
    }

    private static void WriteRows(Utf8JsonWriter json, SortedDictionary<string, string> rows)
    {
        foreach (var (label, value) in rows)
        {
            json.WriteString(label, value);
        }
    }
}
