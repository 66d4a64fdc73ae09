namespace Rivulet.Protocol;

/// <summary>
/// One place in the trie of a <see cref="SubjectMap{T}"/>: the values of the filter that ends here and the edges on.
/// </summary>
internal sealed class SubjectMapNode<T>
    where T : class
{
    private Dictionary<byte[], SubjectMapNode<T>>? _literals;
    private Dictionary<byte[], SubjectMapNode<T>>.AlternateLookup<ReadOnlySpan<byte>> _literalsBySpan;

    /// <summary>The values of the filter that ends at this node.</summary>
    public SubjectMapValues<T> Values;

    /// <summary>The node behind the token <c>*</c>.</summary>
    public SubjectMapNode<T>? SingleWildcard { get; private set; }

    /// <summary>The node behind the token <c>&gt;</c>. It has values and no edges.</summary>
    public SubjectMapNode<T>? FullWildcard { get; private set; }

    /// <summary>The nodes behind literal tokens.</summary>
    public Dictionary<byte[], SubjectMapNode<T>>.ValueCollection LiteralChildren => (_literals ?? NoLiterals).Values;

    /// <summary>Whether nothing ends here or further on, so that the node can go.</summary>
    public bool IsEmpty =>
        Values.Count == 0 && _literals is null && SingleWildcard is null && FullWildcard is null;

    private static Dictionary<byte[], SubjectMapNode<T>> NoLiterals { get; } = [];

    /// <summary>The node behind a token that is taken literally even if it reads as a wildcard.</summary>
    public SubjectMapNode<T>? FindLiteral(ReadOnlySpan<byte> token)
    {
        if (_literals is null)
            return null;
        return _literalsBySpan.TryGetValue(token, out SubjectMapNode<T>? child) ? child : null;
    }

    /// <summary>The node behind a token of a filter.</summary>
    public SubjectMapNode<T>? FindChild(ReadOnlySpan<byte> token)
    {
        if (Subject.IsSingleWildcard(token))
            return SingleWildcard;
        return Subject.IsFullWildcard(token) ? FullWildcard : FindLiteral(token);
    }

    /// <summary>The node behind a token of a filter, made if it is not there.</summary>
    public SubjectMapNode<T> GetOrAddChild(ReadOnlySpan<byte> token)
    {
        if (Subject.IsSingleWildcard(token))
            return SingleWildcard ??= new SubjectMapNode<T>();
        if (Subject.IsFullWildcard(token))
            return FullWildcard ??= new SubjectMapNode<T>();
        if (_literals is null)
        {
            _literals = new Dictionary<byte[], SubjectMapNode<T>>(TokenComparer.Instance);
            _literalsBySpan = _literals.GetAlternateLookup<ReadOnlySpan<byte>>();
        }

        if (!_literalsBySpan.TryGetValue(token, out SubjectMapNode<T>? child))
        {
            child = new SubjectMapNode<T>();
            _literalsBySpan[token] = child;
        }

        return child;
    }

    /// <summary>Cuts the edge of a token of a filter.</summary>
    public void RemoveChild(ReadOnlySpan<byte> token)
    {
        if (Subject.IsSingleWildcard(token))
        {
            SingleWildcard = null;
        }
        else if (Subject.IsFullWildcard(token))
        {
            FullWildcard = null;
        }
        else if (_literals is not null && _literalsBySpan.Remove(token) && _literals.Count == 0)
        {
            _literals = null;
            _literalsBySpan = default;
        }
    }

    /// <summary>Appends the values of every filter longer than the one that leads here.</summary>
    public void CollectBelow(List<T> into)
    {
        foreach (SubjectMapNode<T> child in LiteralChildren)
            child.CollectHereAndBelow(into);
        SingleWildcard?.CollectHereAndBelow(into);
        FullWildcard?.CollectHereAndBelow(into);
    }

    private void CollectHereAndBelow(List<T> into)
    {
        into.AddRange(Values.Items);
        CollectBelow(into);
    }
}
