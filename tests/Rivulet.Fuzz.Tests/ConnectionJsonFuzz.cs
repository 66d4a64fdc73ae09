using System.Text;
using System.Text.Json;
using Rivulet.Protocol;
using Rivulet.Protocol.Tests.Support;

namespace Rivulet.Fuzz.Tests;

/// <summary>The JSON of CONNECT and INFO, spoiled: never an exception, and CONNECT as a document model reads it.</summary>
public class ConnectionJsonFuzz
{
    private static readonly byte[][] Corpus =
    [
        .. new[]
        {
            "{}", "null", "{\"verbose\":false,\"pedantic\":false,\"protocol\":1}", "{\"name\":\"a\\u00e9\\n\",\"user\":\"u\"}",
            "{\"echo\":null,\"lang\":\"go\",\"version\":\"1\",\"x\":[1,{\"y\":2}]}", "{\"NAME\":\"\\ud83d\\ude00\",\"headers\":true}",
            "{\"server_id\":\"N\",\"port\":4222,\"max_payload\":1,\"headers\":true,\"connect_urls\":[\"a:1\"]}",
            "{\"no_responders\":true,\"sig\":\"s\",\"account\":\"\",\"new_account\":false}", "{\"protocol\":-1e3}",
        }.Select(Readable.Bytes),
    ];

    private static readonly byte[][] Fragments =
    [
        .. new[]
        {
            "{", "}", "[", "]", "\"", ":", ",", "null", "true", "false", "1", "1.5", "1e999", "-0", "\\", "\\ud800", "\\udc00",
            "\\u", "\u00FF", "\u00C3\u00A9", "\"verbose\":", "\"name\":", "\"protocol\":", "\"connect_urls\":", "{\"a\":", "//",
        }.Select(Readable.Bytes),
    ];

    [Theory]
    [InlineData(FuzzLength.Short)]
    [InlineData(FuzzLength.Campaign, Explicit = true)]
    public void Connect_options_are_read_as_a_document_model_reads_them(FuzzLength length)
    {
        FuzzLoop.Run(length, "CONNECT", new Mutator(Corpus, Fragments).Next, (input, _) =>
            Assert.Equal(Slow(input), ConnectOptions.Default.TryMerge(input)));
    }

    [Theory]
    [InlineData(FuzzLength.Short)]
    [InlineData(FuzzLength.Campaign, Explicit = true)]
    public void Server_information_is_read_or_refused_and_written_back(FuzzLength length)
    {
        FuzzLoop.Run(length, "INFO", new Mutator(Corpus, Fragments).Next, (input, _) =>
        {
            ServerInfo? info = ServerInfo.TryParse(input);
            if (info is not null)
                Assert.Equal(info.ServerName, ServerInfo.TryParse(info.ToJson())?.ServerName);
        });
    }

    private static ConnectOptions? Slow(byte[] input)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(Encoding.UTF8.GetString(input));
        }
        catch (JsonException)
        {
            return null;
        }

        using (document)
        {
            if (document.RootElement.ValueKind == JsonValueKind.Null)
                return ConnectOptions.Default;
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                return null;
            ConnectOptions? options = ConnectOptions.Default;
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
            {
                if (options is not null && property.Value.ValueKind != JsonValueKind.Null)
                    options = Apply(options, SlowText.Of(RawName(property)).ToUpperInvariant(), property.Value);
            }

            return options;
        }
    }

    private static string RawName(JsonProperty property)
    {
        // Text of the property as it stands, because the name itself cannot be asked for if it holds half a character.
        string raw = property.ToString();
        int end = 1;
        while (raw[end] != '"')
            end += raw[end] == '\\' ? 2 : 1;
        return raw[1..end];
    }

    private static ConnectOptions? Apply(ConnectOptions options, string name, JsonElement value)
    {
        switch (name)
        {
            case "ECHO" or "VERBOSE" or "PEDANTIC" or "TLS_REQUIRED" or "NEW_ACCOUNT" or "HEADERS" or "NO_RESPONDERS":
                return value.ValueKind is JsonValueKind.True or JsonValueKind.False
                    ? WithFlag(options, name, value.GetBoolean())
                    : null;
            case "NKEY" or "JWT" or "SIG" or "AUTH_TOKEN" or "USER" or "PASS" or "NAME" or "LANG" or "VERSION" or "ACCOUNT"
                or "PROXY_SIG":
                return value.ValueKind == JsonValueKind.String
                    ? WithText(options, name, SlowText.Of(value.GetRawText()[1..^1]))
                    : null;
            case "PROTOCOL":
                if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt64(out long protocol))
                    return null;
                return options with { Protocol = protocol == (int)protocol ? (int)protocol : int.MaxValue };
            default:
                return options;
        }
    }

    private static ConnectOptions WithFlag(ConnectOptions options, string name, bool value) => name switch
    {
        "ECHO" => options with { Echo = value },
        "VERBOSE" => options with { Verbose = value },
        "PEDANTIC" => options with { Pedantic = value },
        "TLS_REQUIRED" => options with { TlsRequired = value },
        "NEW_ACCOUNT" => options with { NewAccount = value },
        "HEADERS" => options with { Headers = value },
        _ => options with { NoResponders = value },
    };

    private static ConnectOptions WithText(ConnectOptions options, string name, string value) => name switch
    {
        "NKEY" => options with { NKey = value },
        "JWT" => options with { Jwt = value },
        "SIG" => options with { Signature = value },
        "AUTH_TOKEN" => options with { AuthToken = value },
        "USER" => options with { User = value },
        "PASS" => options with { Password = value },
        "NAME" => options with { Name = value },
        "LANG" => options with { Language = value },
        "VERSION" => options with { Version = value },
        "ACCOUNT" => options with { Account = value },
        _ => options with { ProxySignature = value },
    };
}
