using System.Text;
using System.Text.Json;

namespace Rivulet.JetStream.Api.Json;

/// <summary>
/// Walks the fields of a JSON object in a request, with the manners that clients of the reference server rely on: names
/// match whatever their case, <c>null</c> leaves a field alone, a field given twice counts the last time, and mistakes are
/// reported in known words.
/// </summary>
/// <remarks>
/// <code>
/// var fields = new JsonFields(ref reader, "StreamConfig", strict: true);
/// while (fields.MoveNext(ref reader))
/// {
///     if (fields.Is("max_msgs"u8)) maxMessages = fields.Int64(ref reader);
///     else fields.Unknown(ref reader);
/// }
/// </code>
/// The text must have passed <see cref="JsonSyntax"/>. The reader stands on the object when the walk starts and on its end
/// when <see cref="MoveNext"/> is false.
/// </remarks>
internal struct JsonFields
{
    private readonly string _path;
    private readonly bool _strict;
    private readonly bool _isNull;
    private byte[] _name = [];

    /// <summary>Starts a walk.</summary>
    /// <param name="reader">Stands on the value that is to be an object.</param>
    /// <param name="path">How mistakes name the object: the type, then the fields down to here, with dots.</param>
    /// <param name="strict">Whether a field that nobody knows is a mistake.</param>
    public JsonFields(ref Utf8JsonReader reader, string path, bool strict)
    {
        _path = path;
        _strict = strict;
        if (reader.TokenType == JsonTokenType.None)
            reader.Read();
        _isNull = reader.TokenType == JsonTokenType.Null;
        if (!_isNull && reader.TokenType != JsonTokenType.StartObject)
            throw new RequestJsonException($"json: cannot unmarshal {Kind(reader.TokenType)} into Go value of type server.{path}");
    }

    /// <summary>Reads the body of a request into an object that the caller fills field by field.</summary>
    /// <exception cref="RequestJsonException">The text is not JSON.</exception>
    public static Utf8JsonReader Open(ReadOnlySpan<byte> body)
    {
        if (JsonSyntax.FindMistakeInRequest(body) is { } mistake)
            throw new RequestJsonException(mistake);
        return new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = 1024, AllowMultipleValues = true });
    }

    /// <summary>Name of the field, as the request spells it.</summary>
    public readonly string Name => Encoding.UTF8.GetString(_name);

    /// <summary>Goes to the next field, and stands on its value.</summary>
    public bool MoveNext(ref Utf8JsonReader reader)
    {
        if (_isNull || !reader.Read() || reader.TokenType != JsonTokenType.PropertyName)
            return false;
        _name = reader.ValueIsEscaped ? Encoding.UTF8.GetBytes(Text(ref reader)) : reader.ValueSpan.ToArray();
        reader.Read();
        return true;
    }

    /// <summary>Whether the field is this one. <paramref name="name"/> is in lower case.</summary>
    public readonly bool Is(ReadOnlySpan<byte> name) => Ascii.EqualsIgnoreCase(_name, name);

    /// <summary>Deals with a field that nobody knows.</summary>
    /// <exception cref="RequestJsonException">In a strict walk.</exception>
    public readonly void Unknown(ref Utf8JsonReader reader)
    {
        if (_strict)
            throw new RequestJsonException($"json: unknown field {Quote(Name)}");
        reader.Skip();
    }

    /// <summary>A text; empty for <c>null</c>.</summary>
    public readonly string String(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.String => Text(ref reader),
        JsonTokenType.Null => "",
        _ => throw Mismatch(ref reader, "string"),
    };

    /// <summary>True or false; false for <c>null</c>.</summary>
    public readonly bool Boolean(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.True => true,
        JsonTokenType.False or JsonTokenType.Null => false,
        _ => throw Mismatch(ref reader, "bool"),
    };

    /// <summary>A whole number; 0 for <c>null</c>.</summary>
    /// <param name="reader">Stands on it.</param>
    /// <param name="type">How mistakes name the type: <c>int</c>, <c>int64</c>, <c>time.Duration</c>.</param>
    public readonly long Int64(ref Utf8JsonReader reader, string type = "int64") =>
        TryInt64(ref reader, out long value) ? value : throw Mismatch(ref reader, type, isNumber: true);

    /// <summary>A whole number that fits 32 bits; 0 for <c>null</c>.</summary>
    public readonly int Int32(ref Utf8JsonReader reader, string type = "int32") =>
        TryInt64(ref reader, out long value) && value == (int)value
            ? (int)value
            : throw Mismatch(ref reader, type, isNumber: true);

    /// <summary>A whole number that is not negative; 0 for <c>null</c>.</summary>
    public readonly ulong UInt64(ref Utf8JsonReader reader, string type = "uint64")
    {
        if (reader.TokenType == JsonTokenType.Null)
            return 0;
        return reader.TokenType == JsonTokenType.Number && IsWhole(ref reader) && reader.TryGetUInt64(out ulong value)
            ? value
            : throw Mismatch(ref reader, type, isNumber: true);
    }

    /// <summary>A time; <see cref="WireTime.Zero"/> for <c>null</c>.</summary>
    public readonly WireTime Time(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Null)
            return WireTime.Zero;
        if (reader.TokenType != JsonTokenType.String)
            throw Mismatch(ref reader, "time.Time");
        return WireTime.TryParse(Text(ref reader), out WireTime time, out string? mistake)
            ? time
            : throw new RequestJsonException(mistake!);
    }

    /// <summary>One of a few words; <c>null</c> is not one of them.</summary>
    /// <param name="reader">Stands on it.</param>
    /// <param name="words">The words, in the order of their numbers.</param>
    /// <param name="mistake">What is said of anything else, before it is quoted.</param>
    /// <param name="quote">Whether it is quoted once more.</param>
    /// <returns>Number of the word.</returns>
    public static int Word(
        ref Utf8JsonReader reader, scoped ReadOnlySpan<string> words, string mistake = "can not unmarshal ", bool quote = true)
    {
        int index = reader.TokenType == JsonTokenType.String ? words.IndexOf(Text(ref reader)) : -1;
        if (index >= 0)
            return index;
        string raw = Raw(ref reader);
        throw new RequestJsonException(mistake + (quote ? Quote(raw) : raw));
    }

    /// <summary>A list of texts; empty for <c>null</c>.</summary>
    public readonly List<string> Strings(ref Utf8JsonReader reader)
    {
        var list = new List<string>();
        if (!StartsArray(ref reader, "[]string"))
            return list;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            list.Add(reader.TokenType switch
            {
                JsonTokenType.String => Text(ref reader),
                JsonTokenType.Null => "",
                _ => throw ElementMismatch(ref reader, list.Count, "string", isNumber: false),
            });
        }

        return list;
    }

    /// <summary>A list of whole numbers; empty for <c>null</c>.</summary>
    public readonly List<long> Int64s(ref Utf8JsonReader reader, string type = "int64")
    {
        var list = new List<long>();
        if (!StartsArray(ref reader, "[]" + type))
            return list;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            list.Add(TryInt64(ref reader, out long value)
                ? value
                : throw ElementMismatch(ref reader, list.Count, type, isNumber: true));
        }

        return list;
    }

    /// <summary>Names and values that are texts; empty for <c>null</c>.</summary>
    public readonly Dictionary<string, string> StringMap(ref Utf8JsonReader reader)
    {
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        if (reader.TokenType == JsonTokenType.Null)
            return map;
        if (reader.TokenType != JsonTokenType.StartObject)
            throw Mismatch(ref reader, "map[string]string");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = Text(ref reader);
            reader.Read();
            map[name] = reader.TokenType switch
            {
                JsonTokenType.String => Text(ref reader),
                JsonTokenType.Null => "",
                _ => throw Mismatch(ref reader, $"{_path}.{FieldName}.{name}", "string", isNumber: false),
            };
        }

        return map;
    }

    /// <summary>Starts on a list of objects. False for <c>null</c>, which is an empty one.</summary>
    public readonly bool StartsArray(ref Utf8JsonReader reader, string type) => reader.TokenType switch
    {
        JsonTokenType.StartArray => true,
        JsonTokenType.Null => false,
        _ => throw Mismatch(ref reader, type),
    };

    /// <summary>A walk through an object that is the value of this field; <c>null</c> is one without fields.</summary>
    /// <param name="reader">Stands on it.</param>
    /// <param name="type">How mistakes name the type.</param>
    public readonly JsonFields Object(ref Utf8JsonReader reader, string type) =>
        reader.TokenType is JsonTokenType.StartObject or JsonTokenType.Null
            ? new JsonFields(ref reader, $"{_path}.{FieldName}", _strict)
            : throw Mismatch(ref reader, "server." + type);

    private readonly string FieldName => Name.ToLowerInvariant();

    private readonly RequestJsonException Mismatch(ref Utf8JsonReader reader, string type, bool isNumber = false) =>
        Mismatch(ref reader, $"{_path}.{FieldName}", type, isNumber);

    private static RequestJsonException Mismatch(ref Utf8JsonReader reader, string field, string type, bool isNumber) =>
        new($"json: cannot unmarshal {Found(ref reader, isNumber)} into Go struct field {field} of type {type}");

    private readonly RequestJsonException ElementMismatch(ref Utf8JsonReader reader, int index, string type, bool isNumber) =>
        new($"json: cannot unmarshal {Found(ref reader, isNumber)} into {_path}.{FieldName}.{index} of type {type}");

    // A number that does not fit a number is shown; where none belongs, it is only called one.
    private static string Found(ref Utf8JsonReader reader, bool isNumber) =>
        isNumber && reader.TokenType == JsonTokenType.Number ? "number " + Raw(ref reader) : Kind(reader.TokenType);

    private static string Kind(JsonTokenType token) => token switch
    {
        JsonTokenType.String => "string",
        JsonTokenType.Number => "number",
        JsonTokenType.True or JsonTokenType.False => "bool",
        JsonTokenType.StartArray => "array",
        _ => "object",
    };

    private static bool TryInt64(ref Utf8JsonReader reader, out long value)
    {
        value = 0;
        return reader.TokenType == JsonTokenType.Null
            || (reader.TokenType == JsonTokenType.Number && IsWhole(ref reader) && reader.TryGetInt64(out value));
    }

    // 1.0 and 1e3 are whole numbers to this reader, but not to the clients' other servers.
    private static bool IsWhole(ref Utf8JsonReader reader) => !reader.ValueSpan.ContainsAny(".eE"u8);

    private static string Raw(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.String => $"\"{Encoding.UTF8.GetString(reader.ValueSpan)}\"",
        JsonTokenType.StartArray => "[",
        JsonTokenType.StartObject => "{",
        _ => Encoding.UTF8.GetString(reader.ValueSpan),
    };

    private static string Quote(string text) =>
        "\"" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";

    // Bytes that are not UTF-8 and halves of surrogate pairs become replacement characters, they are not a mistake.
    private static string Text(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return JsonText.UnescapeLeniently(reader.ValueSpan);
        }
    }
}
