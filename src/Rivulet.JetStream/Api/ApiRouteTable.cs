namespace Rivulet.JetStream.Api;

/// <summary>
/// The operations of the API by subject pattern. Filled while the engine starts, read by every thread afterwards.
/// </summary>
/// <remarks>
/// Patterns are literal words, then <c>*</c> for one token each, and perhaps <c>&gt;</c> at the end. The first pattern
/// that matches wins. The table is a few dozen patterns that mostly fail on their first words, so a scan beats a tree.
/// </remarks>
public sealed class ApiRouteTable
{
    private readonly List<(byte[][] Tokens, ApiRoute Route)> _queued = [];
    private readonly List<(byte[][] Tokens, InlineRoute Route)> _inline = [];

    /// <summary>Adds an operation of the account's queue.</summary>
    public void Add(ApiRoute route)
    {
        ArgumentNullException.ThrowIfNull(route);
        _queued.Add((Split(route.Pattern), route));
    }

    /// <summary>Adds an operation that runs in place.</summary>
    public void Add(InlineRoute route)
    {
        ArgumentNullException.ThrowIfNull(route);
        _inline.Add((Split(route.Pattern), route));
    }

    /// <summary>The route for the subject behind the API prefix; <c>null</c> if there is none.</summary>
    public ApiRoute? FindQueued(ReadOnlySpan<byte> operation)
    {
        foreach ((byte[][] tokens, ApiRoute route) in _queued)
        {
            if (Matches(tokens, operation))
                return route;
        }

        return null;
    }

    /// <summary>The route that runs in place for the subject behind the API prefix; <c>null</c> if there is none.</summary>
    public InlineRoute? FindInline(ReadOnlySpan<byte> operation)
    {
        foreach ((byte[][] tokens, InlineRoute route) in _inline)
        {
            if (Matches(tokens, operation))
                return route;
        }

        return null;
    }

    private static byte[][] Split(string pattern) =>
        [.. pattern.Split('.').Select(System.Text.Encoding.ASCII.GetBytes)];

    private static bool Matches(byte[][] pattern, ReadOnlySpan<byte> subject)
    {
        for (int i = 0; i < pattern.Length; i++)
        {
            byte[] token = pattern[i];
            if (token.Length == 1 && token[0] == (byte)'>')
                return subject.Length > 0;
            int dot = subject.IndexOf((byte)'.');
            bool last = i == pattern.Length - 1;
            if (last != dot < 0)
                return false;
            ReadOnlySpan<byte> actual = dot < 0 ? subject : subject[..dot];
            bool any = token.Length == 1 && token[0] == (byte)'*';
            if (any ? actual.IsEmpty : !actual.SequenceEqual(token))
                return false;
            subject = dot < 0 ? default : subject[(dot + 1)..];
        }

        return subject.IsEmpty;
    }
}
