namespace Rivulet.Protocol;

/// <summary>Walks the tokens of a subject without copying. Usable in <c>foreach</c>.</summary>
public ref struct SubjectTokenEnumerator
{
    private ReadOnlySpan<byte> _rest;
    private bool _ended;

    internal SubjectTokenEnumerator(ReadOnlySpan<byte> subject)
    {
        _rest = subject;
        _ended = subject.IsEmpty;
    }

    /// <summary>The token under the cursor; may be empty.</summary>
    public ReadOnlySpan<byte> Current { get; private set; }

    /// <summary>The enumerator itself, for <c>foreach</c>.</summary>
    public readonly SubjectTokenEnumerator GetEnumerator() => this;

    /// <summary>Moves to the next token; false past the last one.</summary>
    public bool MoveNext()
    {
        if (_ended)
            return false;
        _ended = !Subject.SplitFirst(_rest, out ReadOnlySpan<byte> token, out _rest);
        Current = token;
        return true;
    }
}
