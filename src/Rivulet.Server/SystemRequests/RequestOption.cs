namespace Rivulet.Server.SystemRequests;

/// <summary>The kinds of values that options of requests have.</summary>
internal enum RequestOptionKind
{
    /// <summary>True or false.</summary>
    Boolean,

    /// <summary>A whole number.</summary>
    Integer,

    /// <summary>A whole number that is not negative.</summary>
    Unsigned,

    /// <summary>A text.</summary>
    Text,

    /// <summary>A list of texts.</summary>
    Texts,
}

/// <summary>One option of a request: how it is called there, and which parameter of the page it is.</summary>
/// <param name="Name">Its name in the JSON of a request.</param>
/// <param name="Kind">The kind of its value.</param>
/// <param name="Parameter">The parameter that the page knows it by; null for one that makes no difference here.</param>
internal sealed record RequestOption(string Name, RequestOptionKind Kind, string? Parameter)
{
    /// <summary>What the kind is called in the reference server's words.</summary>
    public string KindName => Kind switch
    {
        RequestOptionKind.Boolean => "bool",
        RequestOptionKind.Integer => "int",
        RequestOptionKind.Unsigned => "uint64",
        RequestOptionKind.Text => "string",
        _ => "[]string",
    };
}
