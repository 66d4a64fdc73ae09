using System.Text.Json;
using Rivulet.Server.Monitoring.Http;

namespace Rivulet.Server.SystemRequests;

/// <summary>A page of monitoring, as it is asked for in the system account. Immutable.</summary>
/// <param name="Name">Its name in subjects, such as <c>CONNZ</c>.</param>
/// <param name="Options">What may be asked of it.</param>
/// <param name="Write">Writes its members.</param>
internal sealed record SystemPage(string Name, IReadOnlyList<RequestOption> Options, SystemPage.Writer Write)
{
    /// <summary>Writes the members of a page.</summary>
    /// <param name="json">Where to; an object has been started.</param>
    /// <param name="query">What is asked for.</param>
    /// <exception cref="HttpQueryException">It makes no sense. Nothing has been written.</exception>
    public delegate void Writer(Utf8JsonWriter json, HttpQuery query);

    /// <summary>A page that monitoring over HTTP has too.</summary>
    /// <param name="name">Its name in subjects.</param>
    /// <param name="page">The page.</param>
    /// <param name="options">What may be asked of it.</param>
    public static SystemPage Of(string name, Func<HttpQuery, HttpReply> page, params RequestOption[] options)
    {
        return new SystemPage(name, options, (json, query) => Copy(page(query), json, withStatus: false));
    }

    /// <summary>A page that monitoring over HTTP has too, and whose status is told as a member.</summary>
    /// <param name="name">Its name in subjects.</param>
    /// <param name="page">The page.</param>
    /// <param name="options">What may be asked of it.</param>
    public static SystemPage WithStatus(string name, Func<HttpQuery, HttpReply> page, params RequestOption[] options)
    {
        return new SystemPage(name, options, (json, query) => Copy(page(query), json, withStatus: true));
    }

    // The page is laid out for reading; here it is on one line.
    private static void Copy(HttpReply reply, Utf8JsonWriter json, bool withStatus)
    {
        using var document = JsonDocument.Parse(reply.Body);
        foreach (var member in document.RootElement.EnumerateObject())
        {
            member.WriteTo(json);
            if (withStatus && member.NameEquals("status"u8))
                json.WriteNumber("status_code", reply.Status);
        }
    }
}
