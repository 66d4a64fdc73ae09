using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Rivulet.Protocol;

namespace Rivulet.Client;

/// <summary>
/// The headers of a message: names and values in their order. Names are compared exactly, as the server does, and may
/// repeat. Not safe for concurrent change; a received message's headers are read-only.
/// </summary>
public sealed class NatsHeaders : IEnumerable<KeyValuePair<string, string>>
{
    private readonly List<KeyValuePair<string, string>> _pairs = [];
    private readonly bool _readOnly;

    /// <summary>Creates an empty set of headers.</summary>
    public NatsHeaders()
    {
    }

    private NatsHeaders(int status, string statusDescription)
    {
        Status = status;
        StatusDescription = statusDescription;
        _readOnly = true;
    }

    /// <summary>Pairs, repeated names counted each time.</summary>
    public int Count => _pairs.Count;

    /// <summary>The inline status of a received message (100, 404, 503 …); 0 for an ordinary message.</summary>
    public int Status { get; }

    /// <summary>The text beside <see cref="Status"/>; empty where there is none.</summary>
    public string StatusDescription { get; } = "";

    /// <summary>The first value of a name; setting it replaces all values of the name.</summary>
    /// <exception cref="KeyNotFoundException">The name is not there (get).</exception>
    public string this[string name]
    {
        get => TryGetValue(name, out string? value)
            ? value
            : throw new KeyNotFoundException($"There is no header '{name}'.");
        set
        {
            Remove(name);
            Add(name, value);
        }
    }

    /// <summary>Adds a value to a name.</summary>
    /// <exception cref="ArgumentException">The name is empty or has a colon, blank or control character; the value has a
    /// line break.</exception>
    public void Add(string name, string value)
    {
        CheckWritable();
        CheckName(name);
        ArgumentNullException.ThrowIfNull(value);
        if (value.AsSpan().ContainsAny('\r', '\n'))
            throw new ArgumentException("A header value cannot hold a line break.", nameof(value));
        _pairs.Add(new KeyValuePair<string, string>(name, value));
    }

    /// <summary>Removes every value of a name. True if there was one.</summary>
    public bool Remove(string name)
    {
        CheckWritable();
        return _pairs.RemoveAll(pair => pair.Key == name) > 0;
    }

    /// <summary>The first value of a name.</summary>
    public bool TryGetValue(string name, [NotNullWhen(true)] out string? value)
    {
        foreach (KeyValuePair<string, string> pair in _pairs)
        {
            if (pair.Key == name)
            {
                value = pair.Value;
                return true;
            }
        }

        value = null;
        return false;
    }

    /// <summary>Every value of a name, in order.</summary>
    public IReadOnlyList<string> GetValues(string name)
    {
        List<string> values = [];
        foreach (KeyValuePair<string, string> pair in _pairs)
        {
            if (pair.Key == name)
                values.Add(pair.Value);
        }

        return values;
    }

    /// <summary>True if the name is there.</summary>
    public bool Contains(string name) => TryGetValue(name, out _);

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => _pairs.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Reads a block received. Lines that are not headers are left out.</summary>
    internal static NatsHeaders Read(ReadOnlySpan<byte> bytes)
    {
        HeaderBlock block = new(bytes);
        NatsHeaders headers = new(block.Status, Encoding.UTF8.GetString(block.Description));
        foreach (HeaderField field in block)
        {
            headers._pairs.Add(new KeyValuePair<string, string>(
                Encoding.UTF8.GetString(field.Name), Encoding.UTF8.GetString(field.Value)));
        }

        return headers;
    }

    /// <summary>Writes the pairs. Status and its text are not written: they are the server's to give.</summary>
    internal void WriteTo(ref HeaderBlockBuilder block)
    {
        Span<byte> nameBuffer = stackalloc byte[Utf8Text.StackBytes];
        Span<byte> valueBuffer = stackalloc byte[Utf8Text.StackBytes];
        foreach (KeyValuePair<string, string> pair in _pairs)
        {
            using Utf8Text name = new(pair.Key, nameBuffer);
            using Utf8Text value = new(pair.Value, valueBuffer);
            block.Add(name.Bytes, value.Bytes);
        }
    }

    private static void CheckName(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        foreach (char c in name)
        {
            if (c is ':' or <= ' ' or (char)127)
                throw new ArgumentException("A header name cannot hold a colon, a blank or a control character.", nameof(name));
        }
    }

    private void CheckWritable()
    {
        if (_readOnly)
            throw new InvalidOperationException("The headers of a received message cannot be changed.");
    }
}
