namespace Rivulet.JetStream.Api;

/// <summary>What a request may have as its body.</summary>
public enum ApiBodyRule
{
    /// <summary>Anything; the handler decides.</summary>
    Any,

    /// <summary>Nothing: empty, blanks, <c>{}</c> or <c>[]</c>. Anything else is error 10038.</summary>
    Empty,

    /// <summary>Something: a request without a body is error 10003.</summary>
    Required,
}
