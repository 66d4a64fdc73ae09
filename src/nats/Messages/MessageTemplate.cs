using System.Globalization;
using System.Text;
using Rivulet.Cli.Formats;
using Rivulet.Protocol;

namespace Rivulet.Cli.Messages;

/// <summary>
/// Fills in the templates of message bodies, subjects and header values: <c>{{Count}}</c>, <c>{{TimeStamp}}</c>,
/// <c>{{Unix}}</c>, <c>{{UnixNano}}</c>, <c>{{Time}}</c>, <c>{{ID}}</c>, <c>{{Random 10 100}}</c>, and in replies
/// <c>{{.Request}}</c>. A name may have a leading dot; <c>{{"text"}}</c> stands for the text itself.
/// </summary>
internal sealed class MessageTemplate(TimeProvider clock, Random random)
{
    private const string Letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    private const int RandomLengthMax = 64 * 1024 * 1024;
    private readonly Nuid _ids = new(random);

    /// <summary>The text with its templates filled in.</summary>
    /// <param name="text">Text with templates, or without.</param>
    /// <param name="count">The number of the message, for <c>{{Count}}</c>.</param>
    /// <param name="request">The request being answered, for <c>{{.Request}}</c>.</param>
    /// <exception cref="FormatException">A template is not closed, or names nothing known.</exception>
    public string Expand(string text, int count, string request = "")
    {
        var open = text.IndexOf("{{", StringComparison.Ordinal);
        if (open < 0)
        {
            return text;
        }

        var expanded = new StringBuilder(text.Length + 32);
        var rest = text.AsSpan();
        for (; open >= 0; open = rest.IndexOf("{{"))
        {
            expanded.Append(rest[..open]);
            rest = rest[(open + 2)..];
            var close = rest.IndexOf("}}");
            if (close < 0)
            {
                throw new FormatException("unclosed action");
            }

            expanded.Append(Evaluate(rest[..close].Trim().ToString(), count, request));
            rest = rest[(close + 2)..];
        }

        return expanded.Append(rest).ToString();
    }

    /// <summary>
    /// The bytes with their templates filled in. Bytes that are not text pass unharmed: templates, and what stands in for
    /// them, are looked at byte by byte.
    /// </summary>
    /// <exception cref="FormatException">A template is not closed, or names nothing known.</exception>
    public ReadOnlyMemory<byte> Expand(ReadOnlyMemory<byte> bytes, int count, ReadOnlyMemory<byte> request = default)
    {
        return bytes.Span.IndexOf("{{"u8) < 0
            ? bytes
            : Encoding.Latin1.GetBytes(Expand(Encoding.Latin1.GetString(bytes.Span), count, Encoding.Latin1.GetString(request.Span)));
    }

    private string Evaluate(string action, int count, string request)
    {
        if (action.Length >= 2 && action[0] is '"' or '`' && action[^1] == action[0])
        {
            return action[1..^1];
        }

        var words = action.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var name = words.Length == 0 ? "" : words[0].TrimStart('.');
        if (name == "Random")
        {
            return RandomText(words);
        }

        if (words.Length > 1)
        {
            throw new FormatException($"wrong number of args for {name}: want 0 got {words.Length - 1}");
        }

        return name switch
        {
            "Count" or "Cnt" => count.ToString(CultureInfo.InvariantCulture),
            "Unix" => clock.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            "UnixNano" => ((clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100).ToString(CultureInfo.InvariantCulture),
            "TimeStamp" => TimeStamp(),
            "Time" => clock.GetLocalNow().ToString("h:mmtt", CultureInfo.InvariantCulture),
            "ID" => _ids.Next(),
            "Request" => request,
            "" => throw new FormatException("missing value for command"),
            _ => throw new FormatException($"function {Quoting.Quote(name)} not defined"),
        };
    }

    private string TimeStamp()
    {
        var now = clock.GetLocalNow();
        return now.ToString(now.Offset == TimeSpan.Zero ? "yyyy-MM-dd'T'HH:mm:ss'Z'" : "yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture);
    }

    private string RandomText(string[] words)
    {
        if (words.Length != 3
            || !int.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out var shortest)
            || !int.TryParse(words[2], NumberStyles.None, CultureInfo.InvariantCulture, out var longest)
            || Math.Max(shortest, longest) > RandomLengthMax)
        {
            throw new FormatException("Random wants two lengths, the shortest and the longest");
        }

        var length = random.Next(Math.Min(shortest, longest), Math.Max(shortest, longest) + 1);
        return string.Create(length, random, static (text, source) => source.GetItems(Letters, text));
    }
}
