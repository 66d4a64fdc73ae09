using System.Globalization;
using System.Text;

namespace Rivulet.JetStream.Streams;

/// <summary>
/// Reads the tokens of the template of a <see cref="SubjectTransform"/>. What is wrong is said in the reference's words.
/// </summary>
internal sealed class TransformTokenParser
{
    private const string InvalidArgument = "function argument is invalid or in the wrong format";
    private const string TooFewArguments = "not enough arguments passed to the function";
    private const string TooManyArguments = "too many arguments passed to the function";
    private const string OutOfRange = "wildcard index out of range";

    /// <summary>Functions by their names, written as words: each may begin with a capital letter.</summary>
    private static readonly (string[] Words, TransformFunction Function)[] Functions =
    [
        (["wildcard"], TransformFunction.Wildcard),
        (["partition"], TransformFunction.Partition),
        (["random"], TransformFunction.Random),
        (["split"], TransformFunction.Split),
        (["split", "from", "left"], TransformFunction.SplitFromLeft),
        (["split", "from", "right"], TransformFunction.SplitFromRight),
        (["slice", "from", "left"], TransformFunction.SliceFromLeft),
        (["slice", "from", "right"], TransformFunction.SliceFromRight),
        (["left"], TransformFunction.Left),
        (["right"], TransformFunction.Right),
    ];

    // Where in the filter its one-token wildcards stand.
    private readonly int[] _wildcards;
    private readonly int _sourceTokens;
    private readonly bool _hasWildcards;

    /// <summary>Makes the parser for templates of one filter.</summary>
    /// <param name="source">Tokens of the filter.</param>
    public TransformTokenParser(string[] source)
    {
        _wildcards = [.. Enumerable.Range(0, source.Length).Where(i => source[i] == "*")];
        _sourceTokens = source.Length;
        _hasWildcards = _wildcards.Length > 0 || source[^1] == ">";
    }

    /// <summary>
    /// Checks what a stream asks of its template before anything else: no empty tokens, nothing behind <c>></c>, no blanks
    /// outside of functions, and no function that is not known.
    /// </summary>
    /// <returns>What is wrong, or <c>null</c>.</returns>
    public static string? CheckTemplate(string template)
    {
        bool hasEnded = false;
        foreach (string token in template.Split('.'))
        {
            if (token.Length == 0 || hasEnded)
                return Mistake("invalid transform", token);
            if (IsFunction(token))
            {
                if (!TryFindFunction(token, out _, out _))
                    return Mistake("unknown function", token);
            }
            else if (token.AsSpan().ContainsAny("\t\n\f\r "))
            {
                return Mistake("invalid transform", "");
            }

            hasEnded = token == ">";
        }

        return null;
    }

    /// <summary>Reads a token.</summary>
    /// <returns>What is wrong with it, or <c>null</c>.</returns>
    public string? Parse(string text, out TransformToken token)
    {
        token = new TransformToken(TransformFunction.Literal, [], 0, Encoding.UTF8.GetBytes(text));
        if (text == ">")
        {
            token = new TransformToken(TransformFunction.Rest, [_sourceTokens - 1]);
            return null;
        }

        if (text.Length > 1 && text[0] == '$' && TryReadInt(text[1..], out int wildcard))
            return Make(TransformFunction.Wildcard, [wildcard], 0, null, text, out token);
        if (!IsFunction(text))
            return null;
        return TryFindFunction(text, out TransformFunction function, out string[] arguments)
            ? Parse(function, arguments, text, out token)
            : Mistake("unknown function", text);
    }

    private string? Parse(TransformFunction function, string[] arguments, string text, out TransformToken token)
    {
        token = null!;
        int number = 0;
        switch (function)
        {
            case TransformFunction.Wildcard:
                if (arguments is [""])
                    return Mistake(TooFewArguments, text);
                if (arguments.Length > 1)
                    return Mistake(TooManyArguments, text);
                return TryReadInt(arguments[0], out int wildcard)
                    ? Make(function, [wildcard], 0, null, text, out token)
                    : Mistake(InvalidArgument, text);
            case TransformFunction.Random:
                if (arguments.Length > 1)
                    return Mistake(TooFewArguments, text);
                return TryReadInt(arguments[0], out number)
                    ? Make(function, [], number, null, text, out token)
                    : Mistake(InvalidArgument, text);
            case TransformFunction.Partition:
                int[] wildcards = new int[arguments.Length - 1];
                bool valid = TryReadInt(arguments[0], out number);
                for (int i = 0; i < wildcards.Length; i++)
                    valid &= TryReadInt(arguments[i + 1], out wildcards[i]);
                return valid ? Make(function, wildcards, number, null, text, out token) : Mistake(InvalidArgument, text);
            default:
                if (arguments.Length != 2)
                    return Mistake(arguments.Length < 2 ? TooFewArguments : TooManyArguments, text);
                if (!TryReadInt(arguments[0], out int index))
                    return Mistake(InvalidArgument, text);
                bool isSplit = function == TransformFunction.Split;
                if (isSplit ? arguments[1].Contains(' ') : !TryReadInt(arguments[1], out number))
                    return Mistake(InvalidArgument, text);
                byte[]? separator = isSplit ? Encoding.UTF8.GetBytes(arguments[1]) : null;
                return Make(function, [index], number, separator, text, out token);
        }
    }

    private string? Make(
        TransformFunction function, int[] wildcards, int number, byte[]? separator, string text, out TransformToken token)
    {
        token = null!;
        if (!_hasWildcards)
        {
            if (function is not (TransformFunction.Random or TransformFunction.Partition))
                return Mistake(OutOfRange, text);

            // Without wildcards a partition can only be of the whole subject.
            wildcards = [];
        }

        int[] indexes = new int[wildcards.Length];
        for (int i = 0; i < wildcards.Length; i++)
        {
            int wildcard = wildcards[i];
            if (wildcard > _wildcards.Length)
                return Mistake(OutOfRange, string.Create(CultureInfo.InvariantCulture, $"{text}: [{wildcard}]"));

            // A number below 1 stands for the first token, as in the reference.
            indexes[i] = wildcard < 1 ? 0 : _wildcards[wildcard - 1];
        }

        token = new TransformToken(function, indexes, number, separator);
        return null;
    }

    private static bool IsFunction(string token) =>
        token.Length > 4 && token.StartsWith("{{", StringComparison.Ordinal) && token.EndsWith("}}", StringComparison.Ordinal);

    private static bool TryFindFunction(string token, out TransformFunction found, out string[] arguments)
    {
        (found, arguments) = (default, []);
        string text = token[2..^2].Trim();
        int open = text.IndexOf('(', StringComparison.Ordinal);
        if (open < 0 || !text.EndsWith(')'))
            return false;
        string name = text[..open].TrimEnd();
        foreach ((string[] words, TransformFunction function) in Functions)
        {
            if (!IsNamed(name, words))
                continue;
            found = function;
            arguments = [.. text[(open + 1)..^1].Split(',').Select((argument, i) => i == 0 ? argument : argument.TrimStart())];
            return true;
        }

        return false;
    }

    private static bool IsNamed(string name, string[] words)
    {
        int at = 0;
        foreach (string word in words)
        {
            bool fits = at + word.Length <= name.Length
                && char.ToLowerInvariant(name[at]) == word[0]
                && name.AsSpan(at + 1, word.Length - 1).SequenceEqual(word.AsSpan(1));
            if (!fits)
                return false;
            at += word.Length;
        }

        return at == name.Length;
    }

    private static bool TryReadInt(string text, out int number) =>
        int.TryParse(text.Trim(' '), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);

    private static string Mistake(string what, string token) =>
        $"invalid mapping destination: {what}" + (token.Length > 0 ? $" in {token}" : "");
}
