using System.Diagnostics.CodeAnalysis;

namespace Rivulet.JetStream.Api.Errors;

/// <summary>
/// One entry of the table of JetStream API errors. The table itself is generated from <c>jetstream-errors.json</c>.
/// Immutable.
/// </summary>
public sealed partial class JetStreamError
{
    private readonly ApiError _plain;

    private JetStreamError(string name, int code, int errorCode, string template)
    {
        Name = name;
        Code = code;
        ErrorCode = errorCode;
        Template = template;
        _plain = new ApiError(code, errorCode, template);
    }

    /// <summary>Name of the error in the reference's table.</summary>
    public string Name { get; }

    /// <summary>HTTP-like code.</summary>
    public int Code { get; }

    /// <summary>JetStream error code, unique in the table.</summary>
    public int ErrorCode { get; }

    /// <summary>Text, with placeholders in braces.</summary>
    public string Template { get; }

    /// <summary>The error as it is, for entries without placeholders.</summary>
    public ApiError ToApiError() => _plain;

    /// <summary>The error with its one placeholder replaced by <paramref name="value"/>, whatever its name is.</summary>
    public ApiError With(string value)
    {
        int open = Template.IndexOf('{', StringComparison.Ordinal);
        int close = open < 0 ? -1 : Template.IndexOf('}', open);
        return close < 0
            ? _plain
            : _plain with { Description = string.Concat(Template.AsSpan(0, open), value, Template.AsSpan(close + 1)) };
    }

    /// <summary>The error with its two placeholders replaced, in the order in which the text has them.</summary>
    public ApiError With(string first, string second)
    {
        int open = Template.LastIndexOf('{');
        int close = open < 0 ? -1 : Template.IndexOf('}', open);
        string text = close < 0 ? Template : string.Concat(Template.AsSpan(0, open), second, Template.AsSpan(close + 1));
        open = Template.IndexOf('{', StringComparison.Ordinal);
        close = open < 0 ? -1 : Template.IndexOf('}', open);
        return close < 0
            ? _plain
            : _plain with { Description = string.Concat(text.AsSpan(0, open), first, text.AsSpan(close + 1)) };
    }

    /// <summary>The entry as an error, for code that has nothing to fill in; none stays none.</summary>
    [return: NotNullIfNotNull(nameof(error))]
    public static implicit operator ApiError?(JetStreamError? error) => error?._plain;

    /// <inheritdoc/>
    public override string ToString() => $"{ErrorCode} {Template}";
}
