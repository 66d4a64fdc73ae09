using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Rivulet.JetStream.Api.Json;

/// <summary>Reads the value of one member into <paramref name="into"/>.</summary>
/// <typeparam name="T">What the object is read into.</typeparam>
/// <param name="reader">Stands on the value; <see cref="RequestReader.Is"/> tells which member it is.</param>
/// <param name="into">What the object is read into.</param>
/// <returns>False if there is no member of that name; then nothing was read.</returns>
public delegate bool MemberReader<in T>(ref RequestReader reader, T into);

/// <summary>
/// Reads the JSON body of a request as the reference does, error texts included: member names match whatever their case,
/// unknown ones are an error, <c>null</c> leaves a value as it is, the last of two equal names wins, and a body may hold
/// several values, each read over the one before.
/// </summary>
/// <remarks>
/// The first error in the order of the text is kept; what is read after it does not matter and changes nothing more in
/// the error. Texts name the wanted type as the reference does (<c>server.StreamSource</c>), because clients show them.
/// </remarks>
public ref struct RequestReader
{
    private readonly ReadOnlySpan<byte> _text;
    private readonly string _root;
    private readonly bool _strict;
    private readonly List<(string Segment, bool IsIndex)> _path;
    private int _at;
    private string _name;

    private RequestReader(ReadOnlySpan<byte> text, string root, bool strict)
    {
        _text = text;
        _root = root;
        _strict = strict;
        _path = [];
        _name = "";
    }

    /// <summary>The first error, <c>null</c> if there was none. It goes behind <c>invalid JSON: </c>.</summary>
    public string? Error { get; private set; }

    /// <summary>Name of the member that the reader stands on.</summary>
    public readonly string Name => _name;

    /// <summary>Reads a body into an object.</summary>
    /// <typeparam name="T">Type of the object.</typeparam>
    /// <param name="body">The body. An empty one is no error, and reads nothing.</param>
    /// <param name="root">Name of the request's type in error texts.</param>
    /// <param name="strict">Whether unknown members are an error.</param>
    /// <param name="into">The object, with its defaults set.</param>
    /// <param name="member">Reads one member.</param>
    /// <returns>The error text, or <c>null</c>.</returns>
    public static string? Read<T>(
        ReadOnlySpan<byte> body, string root, bool strict, T into, MemberReader<T> member)
        where T : class
    {
        var reader = new RequestReader(body, root, strict);
        while (reader.NextValue())
        {
            reader.Members(into, member, "server." + root);
            if (reader.Error is not null)
                return reader.Error;
        }

        return reader.Error;
    }

    /// <summary>As <see cref="Read"/>, of a body that must be one value and nothing more.</summary>
    /// <typeparam name="T">Type of the object.</typeparam>
    /// <param name="body">The body.</param>
    /// <param name="root">Name of the request's type in error texts.</param>
    /// <param name="strict">Whether unknown members are an error.</param>
    /// <param name="into">The object, with its defaults set.</param>
    /// <param name="member">Reads one member.</param>
    /// <returns>Whether it was read.</returns>
    public static bool TryReadOne<T>(
        ReadOnlySpan<byte> body, string root, bool strict, T into, MemberReader<T> member)
        where T : class
    {
        if (JsonSyntax.Check(body, 0, out int end) is not null || JsonSyntax.SkipBlanks(body, end) != body.Length)
            return false;
        return Read(body, root, strict, into, member) is null;
    }

    /// <summary>Whether the reader stands on the member <paramref name="name"/>.</summary>
    public readonly bool Is(string name)
    {
        if (_name.Equals(name, StringComparison.OrdinalIgnoreCase))
            return true;

        // The reference folds case by Unicode: the long s and the Kelvin sign stand for their letters.
        return _name.AsSpan().IndexOfAny('\u017F', '\u212A') >= 0
            && _name.Replace('\u017F', 's').Replace('\u212A', 'k').Equals(name, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Reads a nested object; <c>null</c> gives <c>null</c>.</summary>
    /// <typeparam name="T">Type of the object.</typeparam>
    /// <param name="current">The object so far; a new one is made if there is none.</param>
    /// <param name="type">Name of the type in error texts.</param>
    /// <param name="member">Reads one member.</param>
    public T? Object<T>(T? current, string type, MemberReader<T> member)
        where T : class, new()
    {
        if (TryNull())
            return null;
        T into = current ?? new T();
        Members(into, member, type);
        return into;
    }

    /// <summary>Reads a nested object that is always there; <c>null</c> leaves it as it is.</summary>
    /// <typeparam name="T">Type of the object.</typeparam>
    /// <param name="into">The object.</param>
    /// <param name="type">Name of the type in error texts.</param>
    /// <param name="member">Reads one member.</param>
    public void Members<T>(T into, MemberReader<T> member, string type)
        where T : class
    {
        if (TryNull() || !TryOpen((byte)'{', type))
            return;
        while (Error is null && NextMember())
        {
            string name = _name;
            _path.Add((name, false));
            if (!member(ref this, into))
            {
                if (_strict)
                    Fail($"json: unknown field {GoText.Quote(name)}");
                SkipValue();
            }

            _path.RemoveAt(_path.Count - 1);
        }
    }

    /// <summary>Reads a list of objects.</summary>
    /// <typeparam name="T">Type of an element.</typeparam>
    /// <param name="type">Name of the element's type in error texts.</param>
    /// <param name="member">Reads one member of an element.</param>
    public IReadOnlyList<T>? Objects<T>(string type, MemberReader<T> member)
        where T : class, new()
    {
        if (TryNull() || !TryOpen((byte)'[', "[]*" + type))
            return null;
        var list = new List<T>();
        while (Error is null && NextElement(list.Count))
        {
            var element = new T();
            Members(element, member, type);
            list.Add(element);
            _path.RemoveAt(_path.Count - 1);
        }

        return list;
    }

    /// <summary>Reads a list of strings; <c>null</c> gives <c>null</c>.</summary>
    public IReadOnlyList<string>? Strings()
    {
        if (TryNull() || !TryOpen((byte)'[', "[]string"))
            return null;
        var list = new List<string>();
        while (Error is null && NextElement(list.Count))
        {
            list.Add(String(""));
            _path.RemoveAt(_path.Count - 1);
        }

        return list;
    }

    /// <summary>Reads a list of durations in nanoseconds; <c>null</c> gives <c>null</c>.</summary>
    public IReadOnlyList<long>? Durations()
    {
        if (TryNull() || !TryOpen((byte)'[', "[]time.Duration"))
            return null;
        var list = new List<long>();
        while (Error is null && NextElement(list.Count))
        {
            list.Add(Duration(0));
            _path.RemoveAt(_path.Count - 1);
        }

        return list;
    }

    /// <summary>Reads an object of strings over those of <paramref name="current"/>; <c>null</c> gives <c>null</c>.</summary>
    public SortedDictionary<string, string>? StringMap(SortedDictionary<string, string>? current)
    {
        if (TryNull())
            return null;
        if (!TryOpen((byte)'{', "map[string]string"))
            return current;
        SortedDictionary<string, string> map = current ?? new SortedDictionary<string, string>(StringComparer.Ordinal);
        while (Error is null && NextMember())
        {
            string name = _name;
            _path.Add((name, false));
            map[name] = String("");
            _path.RemoveAt(_path.Count - 1);
        }

        return map;
    }

    /// <summary>Reads a string; <c>null</c> leaves <paramref name="current"/>.</summary>
    public string String(string current)
    {
        if (TryNull())
            return current;
        if (Peek() != (byte)'"')
        {
            Mismatch("string");
            return current;
        }

        return ReadString();
    }

    /// <summary>Reads a boolean; <c>null</c> leaves <paramref name="current"/>.</summary>
    public bool Bool(bool current)
    {
        if (TryNull())
            return current;
        bool value = Peek() == (byte)'t';
        if (!value && Peek() != (byte)'f')
        {
            Mismatch("bool");
            return current;
        }

        SkipValue();
        return value;
    }

    /// <summary>Reads a 64-bit integer; <c>null</c> leaves <paramref name="current"/>.</summary>
    public long Int64(long current) => Integer(current, "int64", long.MinValue, long.MaxValue);

    /// <summary>Reads a 32-bit integer; <c>null</c> leaves <paramref name="current"/>.</summary>
    public int Int32(int current) => (int)Integer(current, "int32", int.MinValue, int.MaxValue);

    /// <summary>Reads an integer of the reference's natural size, 64 bits; <c>null</c> leaves <paramref name="current"/>.</summary>
    public long Int(long current) => Integer(current, "int", long.MinValue, long.MaxValue);

    /// <summary>Reads a duration in nanoseconds; <c>null</c> leaves <paramref name="current"/>.</summary>
    public long Duration(long current) => Integer(current, "time.Duration", long.MinValue, long.MaxValue);

    /// <summary>Reads an unsigned 64-bit integer; <c>null</c> leaves <paramref name="current"/>.</summary>
    public ulong UInt64(ulong current)
    {
        if (TryNull())
            return current;
        ReadOnlySpan<byte> raw = RawValue();
        if (Utf8Parser.TryParse(raw, out ulong value, out int used) && used == raw.Length)
            return value;
        Mismatch(raw, "uint64", isNumeric: true);
        return current;
    }

    /// <summary>Reads a time in RFC 3339; <c>null</c> gives <c>null</c>.</summary>
    /// <returns>Nanoseconds since the Unix epoch.</returns>
    public long? Time()
    {
        if (TryNull())
            return null;
        if (Peek() != (byte)'"')
        {
            Mismatch("time.Time");
            return null;
        }

        if (GoText.TryParseTime(ReadString(), out long nanos, out string? error))
            return nanos;
        Fail(error!);
        return null;
    }

    /// <summary>Reads a word of a fixed set by its JSON text, quotes included.</summary>
    /// <typeparam name="T">The enumeration.</typeparam>
    /// <param name="words">The words.</param>
    /// <param name="current">What stays if it is none of them, which is an error.</param>
    /// <param name="error">Error text; <c>null</c> for the usual one.</param>
    public T Word<T>(ReadOnlySpan<(string Word, T Value)> words, T current, string? error = null)
        where T : struct
    {
        string raw = Encoding.UTF8.GetString(RawValue());
        foreach ((string word, T value) in words)
        {
            if (raw.Length == word.Length + 2 && raw[0] == '"' && raw.AsSpan(1, word.Length).SequenceEqual(word))
                return value;
        }

        Fail(error ?? $"can not unmarshal {GoText.Quote(raw)}");
        return current;
    }

    /// <summary>Skips the value, whatever it is, and returns its JSON text.</summary>
    public ReadOnlySpan<byte> RawValue()
    {
        int start = _at = JsonSyntax.SkipBlanks(_text, _at);
        SkipValue();
        return _text[start.._at];
    }

    private long Integer(long current, string type, long min, long max)
    {
        if (TryNull())
            return current;
        ReadOnlySpan<byte> raw = RawValue();
        if (Utf8Parser.TryParse(raw, out long value, out int used) && used == raw.Length && value >= min && value <= max)
            return value;
        Mismatch(raw, type, isNumeric: true);
        return current;
    }

    /// <summary>Goes to the next value of the text, and checks it whole before anything is read.</summary>
    private bool NextValue()
    {
        _at = JsonSyntax.SkipBlanks(_text, _at);
        if (_at == _text.Length)
            return false;
        string? error = JsonSyntax.Check(_text, _at, out _);
        if (error is null)
            return true;
        Fail(error);
        return false;
    }

    private bool NextMember()
    {
        if (!NextInside((byte)'}'))
            return false;
        _name = ReadString();
        _at = JsonSyntax.SkipBlanks(_text, _at) + 1;
        return true;
    }

    private bool NextElement(int index)
    {
        if (!NextInside((byte)']'))
            return false;
        _path.Add((index.ToString(CultureInfo.InvariantCulture), true));
        return true;
    }

    /// <summary>Goes to the next member or element, or past the end of the container.</summary>
    private bool NextInside(byte close)
    {
        byte next = Peek();
        if (next == close)
        {
            _at++;
            return false;
        }

        if (next == (byte)',')
        {
            _at++;
            Peek();
        }

        return true;
    }

    private bool TryOpen(byte open, string type)
    {
        if (Peek() != open)
        {
            Mismatch(type);
            return false;
        }

        _at++;
        return true;
    }

    private bool TryNull()
    {
        if (Peek() != (byte)'n')
            return false;
        _at += "null".Length;
        return true;
    }

    private byte Peek()
    {
        _at = JsonSyntax.SkipBlanks(_text, _at);
        return _text[_at];
    }

    private void SkipValue()
    {
        string? error = JsonSyntax.Check(_text, _at, out int end);
        System.Diagnostics.Debug.Assert(error is null, "the text was checked before");
        _at = end;
    }

    private string ReadString()
    {
        int start = ++_at;
        while (_text[_at] != (byte)'"')
            _at += _text[_at] == (byte)'\\' ? 2 : 1;
        ReadOnlySpan<byte> raw = _text[start.._at++];
        return raw.Contains((byte)'\\') ? GoText.Unescape(raw) : Encoding.UTF8.GetString(raw);
    }

    private void Mismatch(string type) => Mismatch(RawValue(), type, isNumeric: false);

    private void Mismatch(ReadOnlySpan<byte> raw, string type, bool isNumeric)
    {
        string kind = raw[0] switch
        {
            (byte)'"' => "string",
            (byte)'{' => "object",
            (byte)'[' => "array",
            (byte)'t' or (byte)'f' => "bool",
            _ => isNumeric ? "number " + Encoding.UTF8.GetString(raw) : "number",
        };
        Fail($"json: cannot unmarshal {kind} into {Place()} of type {type}");
    }

    private readonly string Place()
    {
        if (_path.Count == 0)
            return "Go value";
        var place = new StringBuilder(_path[^1].IsIndex ? "" : "Go struct field ").Append(_root);
        foreach ((string segment, _) in _path)
            place.Append('.').Append(segment);
        return place.ToString();
    }

    private void Fail(string error) => Error ??= error;
}
