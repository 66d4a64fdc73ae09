using System.Text.Json;
using Rivulet.Cli.Connecting;

namespace Rivulet.Cli.Commands.Server;

/// <summary>A connection as its server told of it.</summary>
/// <param name="Connection">The connection.</param>
/// <param name="Server">The server.</param>
internal sealed record ReportedConnection(JsonElement Connection, JsonElement Server)
{
    public string ServerName => Server.Text("name");

    /// <summary>The account; that of everybody where nothing else is said.</summary>
    public string Account => Connection.Text("account") is { Length: > 0 } account ? account : "$G";

    /// <summary>The connections of all servers.</summary>
    /// <param name="context">The command.</param>
    /// <param name="connection">A connection in an account that may ask.</param>
    /// <param name="subject">What to ask.</param>
    /// <param name="write">Writes what is asked for, filters aside.</param>
    public static async Task<List<ReportedConnection>> AskAsync(
        CommandContext context, CliConnection connection, string subject, Action<Utf8JsonWriter> write)
    {
        const int PageSize = 1024;
        var all = new List<ReportedConnection>();
        for (var offset = 0; ; offset += PageSize)
        {
            var from = offset;
            var body = SystemQuery.Body(json =>
            {
                ServerFilterFlags.Write(context, json);
                json.WriteBoolean("auth", true);
                json.WriteBoolean("subscriptions", true);
                json.WriteNumber("limit", PageSize);
                json.WriteNumber("offset", from);
                write(json);
            });
            var answers = await SystemQuery.AskAllAsync(
                context, connection, subject, body, context.Get(ReportFlags.Limit)).ConfigureAwait(false);
            var isWhole = true;
            foreach (var answer in answers)
            {
                var connections = SystemQuery.Data(answer).Items("connections");
                isWhole &= connections.Count < PageSize;
                all.AddRange(connections.Select(one => new ReportedConnection(one, answer.At("server") ?? default)));
            }

            if (isWhole)
            {
                return all;
            }
        }
    }
}
