namespace Rivulet.Server.Monitoring.Http;

/// <summary>The first lines of an HTTP request, as far as monitoring needs them.</summary>
/// <param name="Method">Such as <c>GET</c>.</param>
/// <param name="Path">The path, decoded, without the query.</param>
/// <param name="Query">What follows the question mark, as it came; empty if nothing does.</param>
/// <param name="ContentLength">Bytes of the body that follows; 0 if there is none.</param>
internal sealed record HttpHead(string Method, string Path, string Query, long ContentLength);
