using System.Text.Json;
using Rivulet.Server.Monitoring.Http;

namespace Rivulet.Server.Monitoring.Pages;

/// <summary><c>/routez</c>, <c>/gatewayz</c>, <c>/leafz</c>: a server on its own has no peers, and says so.</summary>
/// <param name="server">The server.</param>
internal sealed class PeerPages(MonitoredServer server)
{
    /// <summary>Answers for routes.</summary>
    public HttpReply Routes(HttpQuery query)
    {
        return PageJson.Object(json =>
        {
            json.WriteString("server_id", server.Identity.Id);
            json.WriteString("server_name", server.Identity.Name);
            json.WriteTime("now", server.Now);
            WriteNone(json, "num_routes", "routes");
        });
    }

    /// <summary>Answers for gateways.</summary>
    public HttpReply Gateways(HttpQuery query)
    {
        return PageJson.Object(json =>
        {
            json.WriteString("server_id", server.Identity.Id);
            json.WriteTime("now", server.Now);
            json.WriteEmpty("outbound_gateways");
            json.WriteEmpty("inbound_gateways");
        });
    }

    /// <summary>Answers for leaf nodes.</summary>
    public HttpReply LeafNodes(HttpQuery query)
    {
        return PageJson.Object(json =>
        {
            json.WriteString("server_id", server.Identity.Id);
            json.WriteTime("now", server.Now);
            WriteNone(json, "leafnodes", "leafs");
        });
    }

    private static void WriteNone(Utf8JsonWriter json, string count, string list)
    {
        json.WriteNumber(count, 0);
        json.WriteStartArray(list);
        json.WriteEndArray();
    }
}
