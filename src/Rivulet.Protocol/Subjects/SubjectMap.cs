using System.Runtime.InteropServices;
using System.Text;

namespace Rivulet.Protocol;

/// <summary>
/// Wildcard filters mapped to values, as a trie with one level per token: which values does this subject reach?
/// </summary>
/// <remarks>
/// <code>
/// orders.*.new → A      root ─ "orders" ─ * ─ "new" [A]
/// orders.&gt;     → B                    └ &gt; [B]
/// </code>
/// A look-up follows at each level at most three edges: the literal token, <c>*</c> and <c>&gt;</c>, so its cost is that
/// of the tokens and the matches, not of the filters held. The map is a set of (filter, value) pairs; a value may stand
/// under any number of filters and comes up once for each that matches. Values are told apart by reference. Order is
/// the same for the same history of calls. Nodes left empty are cut off, so a map that has been emptied holds nothing.
///
/// Not synchronised: one writer, or any number of readers at a time. Look-ups allocate nothing (but the list they may
/// be asked to fill grows).
/// </remarks>
public sealed class SubjectMap<T>
    where T : class
{
    private readonly SubjectMapNode<T> _root = new();

    /// <summary>The number of (filter, value) pairs.</summary>
    public int Count { get; private set; }

    /// <summary>Adds a pair; false if the map has it already.</summary>
    /// <exception cref="ArgumentException">The filter is not a valid subscription subject.</exception>
    public bool Add(ReadOnlySpan<byte> filter, T value)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (!Subject.IsValidSubscription(filter))
            ThrowInvalidFilter(filter);
        SubjectMapNode<T> node = _root;
        foreach (ReadOnlySpan<byte> token in Subject.Tokens(filter))
            node = node.GetOrAddChild(token);
        if (!node.Values.Add(value))
            return false;
        Count++;
        return true;
    }

    /// <summary>Removes a pair; false if the map does not have it.</summary>
    public bool Remove(ReadOnlySpan<byte> filter, T value)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (filter.IsEmpty || !Remove(_root, filter, value))
            return false;
        Count--;
        return true;
    }

    /// <summary>Shows the visitor every value whose filter matches the literal subject.</summary>
    public void Match<TVisitor>(ReadOnlySpan<byte> subject, ref TVisitor visitor)
        where TVisitor : ISubjectMapVisitor<T>, allows ref struct
    {
        if (!Subject.HasEmptyToken(subject))
            Match(_root, subject, ref visitor);
    }

    /// <summary>Appends every value whose filter matches the literal subject.</summary>
    public void Match(ReadOnlySpan<byte> subject, List<T> into)
    {
        ArgumentNullException.ThrowIfNull(into);
        var collector = new ListCollector(into);
        Match(subject, ref collector);
    }

    /// <summary>Whether the same values match the literal subject whatever its last token is, as long as it has one.</summary>
    public bool IgnoresLastToken(ReadOnlySpan<byte> subject)
    {
        return !Subject.HasEmptyToken(subject) && IgnoresLastToken(_root, subject);
    }

    /// <summary>Whether any filter matches the literal subject.</summary>
    public bool HasMatch(ReadOnlySpan<byte> subject)
    {
        return !Subject.HasEmptyToken(subject) && HasMatch(_root, subject);
    }

    /// <summary>Appends every value whose filter overlaps the given one: some subject is matched by both.</summary>
    /// <param name="filter">A valid subscription subject.</param>
    /// <param name="into">Receives the values.</param>
    public void Overlapping(ReadOnlySpan<byte> filter, List<T> into)
    {
        ArgumentNullException.ThrowIfNull(into);
        if (!Subject.HasEmptyToken(filter))
            Overlapping(_root, filter, into);
    }

    private static bool Remove(SubjectMapNode<T> node, ReadOnlySpan<byte> filter, T value)
    {
        bool more = Subject.SplitFirst(filter, out ReadOnlySpan<byte> token, out ReadOnlySpan<byte> rest);
        SubjectMapNode<T>? child = node.FindChild(token);
        if (child is null)
            return false;
        bool removed = more ? Remove(child, rest, value) : child.Values.Remove(value);
        if (removed && child.IsEmpty)
            node.RemoveChild(token);
        return removed;
    }

    private static void Match<TVisitor>(SubjectMapNode<T> node, ReadOnlySpan<byte> subject, ref TVisitor visitor)
        where TVisitor : ISubjectMapVisitor<T>, allows ref struct
    {
        bool more = Subject.SplitFirst(subject, out ReadOnlySpan<byte> token, out ReadOnlySpan<byte> rest);
        VisitChild(node.FindLiteral(token), more, rest, ref visitor);
        VisitChild(node.SingleWildcard, more, rest, ref visitor);
        if (node.FullWildcard is { } full)
            VisitAll(full.Values.Items, ref visitor);
    }

    private static void VisitChild<TVisitor>(
        SubjectMapNode<T>? child, bool more, ReadOnlySpan<byte> rest, ref TVisitor visitor)
        where TVisitor : ISubjectMapVisitor<T>, allows ref struct
    {
        if (child is null)
            return;
        if (more)
            Match(child, rest, ref visitor);
        else
            VisitAll(child.Values.Items, ref visitor);
    }

    private static void VisitAll<TVisitor>(ReadOnlySpan<T> values, ref TVisitor visitor)
        where TVisitor : ISubjectMapVisitor<T>, allows ref struct
    {
        foreach (T value in values)
            visitor.Visit(value);
    }

    private static bool IgnoresLastToken(SubjectMapNode<T> node, ReadOnlySpan<byte> subject)
    {
        if (!Subject.SplitFirst(subject, out ReadOnlySpan<byte> token, out ReadOnlySpan<byte> rest))
            return node.LiteralChildren.Count == 0;
        return (node.FindLiteral(token) is not { } literal || IgnoresLastToken(literal, rest))
            && (node.SingleWildcard is not { } wildcard || IgnoresLastToken(wildcard, rest));
    }

    private static bool HasMatch(SubjectMapNode<T> node, ReadOnlySpan<byte> subject)
    {
        if (node.FullWildcard is not null)
            return true;
        bool more = Subject.SplitFirst(subject, out ReadOnlySpan<byte> token, out ReadOnlySpan<byte> rest);
        return HasMatchBelow(node.FindLiteral(token), more, rest) || HasMatchBelow(node.SingleWildcard, more, rest);
    }

    private static bool HasMatchBelow(SubjectMapNode<T>? child, bool more, ReadOnlySpan<byte> rest)
    {
        return child is not null && (more ? HasMatch(child, rest) : child.Values.Count > 0);
    }

    private static void Overlapping(SubjectMapNode<T> node, ReadOnlySpan<byte> filter, List<T> into)
    {
        bool more = Subject.SplitFirst(filter, out ReadOnlySpan<byte> token, out ReadOnlySpan<byte> rest);
        if (Subject.IsFullWildcard(token))
        {
            node.CollectBelow(into);
            return;
        }

        if (node.FullWildcard is { } full)
            into.AddRange(full.Values.Items);
        if (!Subject.IsSingleWildcard(token))
        {
            OverlappingBelow(node.FindLiteral(token), more, rest, into);
        }
        else
        {
            foreach (SubjectMapNode<T> child in node.LiteralChildren)
                OverlappingBelow(child, more, rest, into);
        }

        OverlappingBelow(node.SingleWildcard, more, rest, into);
    }

    private static void OverlappingBelow(SubjectMapNode<T>? child, bool more, ReadOnlySpan<byte> rest, List<T> into)
    {
        if (child is null)
            return;
        if (more)
            Overlapping(child, rest, into);
        else
            into.AddRange(child.Values.Items);
    }

    private static void ThrowInvalidFilter(ReadOnlySpan<byte> filter)
    {
        throw new ArgumentException($"Not a valid subject filter: '{Encoding.UTF8.GetString(filter)}'.", nameof(filter));
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly struct ListCollector(List<T> into) : ISubjectMapVisitor<T>
    {
        public void Visit(T value) => into.Add(value);
    }
}
