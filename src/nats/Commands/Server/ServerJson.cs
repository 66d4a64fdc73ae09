using System.Text.Encodings.Web;
using System.Text.Json;

namespace Rivulet.Cli.Commands.Server;

/// <summary>Prints what servers answered as JSON.</summary>
internal static class ServerJson
{
    private static readonly JsonWriterOptions Layout = new()
    {
        Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>A list, laid out for people.</summary>
    public static void Print(CommandContext context, IEnumerable<JsonElement> items)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Layout))
        {
            json.WriteStartArray();
            foreach (var item in items)
            {
                item.WriteTo(json);
            }

            json.WriteEndArray();
        }

        context.Output.Write(buffer.ToArray());
        context.Output.WriteLine();
    }
}
