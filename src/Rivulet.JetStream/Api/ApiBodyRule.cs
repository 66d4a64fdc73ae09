namespace Rivulet.JetStream.Api;

/// <summary>What a request may have as its body.</summary>
public enum ApiBodyRule
{
    /// <summary>Anything; the handler decides.</summary>
    Any,

    /// <summary>Nothing, or an object without members. Anything else is error 10038.</summary>
    Empty,

    /// <summary>Something: nothing, or an object without members, is error 10003.</summary>
    Required,
}
