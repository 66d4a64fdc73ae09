using System.Text;
using Rivulet.Protocol;
using Rivulet.Server.Hosting;
using Rivulet.Server.Security;

namespace Rivulet.Server.Connections;

/// <summary>What CONNECT says about a client, as log lines show it: <c> - "v1.2:python:worker"</c>.</summary>
internal static class ClientLabel
{
    /// <summary>The text, empty if the client said nothing about itself.</summary>
    public static string Of(ConnectOptions options)
    {
        string text = options.Version.Length > 0 ? $"v{options.Version}" : "";
        text = Join(text, options.Language);
        text = Join(text, options.Name);
        return text.Length > 0 ? $" - {GoText.Quote(Encoding.UTF8.GetBytes(text))}" : "";
    }

    /// <summary>The text with who the client was found to be: <c> - "v1.2:python:worker" - "$G/user:a"</c>.</summary>
    public static string Of(ConnectOptions options, ClientIdentity identity)
    {
        string user = PresentedUser.Label(options, identity);
        return Of(options) + (user.Length > 0 ? $" - {GoText.Quote(Encoding.UTF8.GetBytes($"{identity.AccountName}/{user}"))}" : "");
    }

    private static string Join(string text, string part)
    {
        if (part.Length == 0)
            return text;
        return text.Length > 0 ? $"{text}:{part}" : part;
    }
}
