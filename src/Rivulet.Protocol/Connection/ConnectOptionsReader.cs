using System.Text.Json;

namespace Rivulet.Protocol;

/// <summary>Puts the fields of a CONNECT line over options that are already there.</summary>
/// <remarks>
/// A serializer could only start from the defaults; a second CONNECT keeps what the first one said. Runs once or twice
/// in the life of a connection, so it takes the fields one by one and copies the record for each.
/// </remarks>
internal static class ConnectOptionsReader
{
    public static ConnectOptions? TryMerge(ConnectOptions options, ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            ConnectOptions? merged = ReadDocument(options, ref reader);
            return merged is not null && !reader.Read() ? merged : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static ConnectOptions? ReadDocument(ConnectOptions options, ref Utf8JsonReader reader)
    {
        if (!reader.Read())
            return null;
        if (reader.TokenType == JsonTokenType.Null)
            return options;
        if (reader.TokenType != JsonTokenType.StartObject)
            return null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string field = JsonText.Read(ref reader);
            reader.Read();
            if (reader.TokenType == JsonTokenType.Null)
                continue;
            ConnectOptions? next = Apply(options, field, ref reader);
            if (next is null)
                return null;
            options = next;
        }

        return options;
    }

    private static ConnectOptions? Apply(ConnectOptions options, string field, ref Utf8JsonReader reader)
    {
        return reader.TokenType switch
        {
            JsonTokenType.True => ApplyFlag(options, field, true) ?? IfUnknown(options, field),
            JsonTokenType.False => ApplyFlag(options, field, false) ?? IfUnknown(options, field),
            JsonTokenType.String => ApplyText(options, field, JsonText.Read(ref reader)) ?? IfUnknown(options, field),
            JsonTokenType.Number => ApplyNumber(options, field, ref reader) ?? IfUnknown(options, field),
            _ => Skip(options, field, ref reader),
        };
    }

    private static ConnectOptions? ApplyFlag(ConnectOptions options, string field, bool value)
    {
        return FieldName(field) switch
        {
            "echo" => options with { Echo = value },
            "verbose" => options with { Verbose = value },
            "pedantic" => options with { Pedantic = value },
            "tls_required" => options with { TlsRequired = value },
            "new_account" => options with { NewAccount = value },
            "headers" => options with { Headers = value },
            "no_responders" => options with { NoResponders = value },
            _ => null,
        };
    }

    private static ConnectOptions? ApplyText(ConnectOptions options, string field, string value)
    {
        return FieldName(field) switch
        {
            "nkey" => options with { NKey = value },
            "jwt" => options with { Jwt = value },
            "sig" => options with { Signature = value },
            "auth_token" => options with { AuthToken = value },
            "user" => options with { User = value },
            "pass" => options with { Password = value },
            "name" => options with { Name = value },
            "lang" => options with { Language = value },
            "version" => options with { Version = value },
            "account" => options with { Account = value },
            "proxy_sig" => options with { ProxySignature = value },
            _ => null,
        };
    }

    private static ConnectOptions? ApplyNumber(ConnectOptions options, string field, ref Utf8JsonReader reader)
    {
        if (FieldName(field) != "protocol" || !reader.TryGetInt64(out long value))
            return null;
        // Whatever lies outside the type is as wrong as any other version that is not 0 or 1.
        return options with { Protocol = value is >= int.MinValue and <= int.MaxValue ? (int)value : int.MaxValue };
    }

    private static ConnectOptions? Skip(ConnectOptions options, string field, ref Utf8JsonReader reader)
    {
        if (!reader.TrySkip())
            return null;
        return IfUnknown(options, field);
    }

    /// <summary>A value of the wrong type for a field we know is an error; under a name we do not know, nothing.</summary>
    private static ConnectOptions? IfUnknown(ConnectOptions options, string field)
    {
        return FieldName(field).Length == 0 ? options : null;
    }

    private static string FieldName(string field)
    {
        foreach (string known in KnownFields)
        {
            if (string.Equals(known, field, StringComparison.OrdinalIgnoreCase))
                return known;
        }

        return "";
    }

    private static readonly string[] KnownFields =
    [
        "echo", "verbose", "pedantic", "tls_required", "nkey", "jwt", "sig", "auth_token", "user", "pass", "name", "lang",
        "version", "protocol", "account", "new_account", "headers", "no_responders", "proxy_sig",
    ];
}
