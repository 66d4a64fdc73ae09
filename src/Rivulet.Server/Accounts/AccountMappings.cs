using System.Text;
using Rivulet.JetStream.Streams;
using Rivulet.Protocol;
using Rivulet.Server.Routing;
using Rivulet.Server.Security;

namespace Rivulet.Server.Accounts;

/// <summary>What becomes of the subjects that an account's clients publish to. Immutable, any thread; look-ups allocate nothing.</summary>
internal sealed class AccountMappings
{
    private readonly Dictionary<byte[], AccountMapping> _literals = new(ByteArrayComparer.Instance);
    private readonly Dictionary<byte[], AccountMapping>.AlternateLookup<ReadOnlySpan<byte>> _bySubject;
    private readonly List<AccountMapping> _patterns = [];

    private AccountMappings(IEnumerable<AccountMapping> mappings)
    {
        foreach (var mapping in mappings)
        {
            if (Subject.IsLiteral(mapping.Source))
                _literals[mapping.Source] = mapping;
            else
                _patterns.Add(mapping);
        }

        _bySubject = _literals.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    /// <summary>Makes the mappings of an account; null if there are none.</summary>
    /// <exception cref="NatsServerOptionsException">One of them is not valid.</exception>
    public static AccountMappings? Create(IReadOnlyList<SubjectMapping> settings)
    {
        if (settings.Count == 0)
            return null;
        var mappings = new List<AccountMapping>();
        foreach (var one in settings)
        {
            if (AccountMapping.Parse(one, out var mapping) is { } mistake)
                throw new NatsServerOptionsException($"Error adding mapping for \"{one.Source}\" : {mistake}");
            mappings.Add(mapping!);
        }

        return new AccountMappings(mappings);
    }

    /// <summary>The mapping for a subject: the one for just that subject, else the first whose pattern matches; null for none.</summary>
    public AccountMapping? Find(ReadOnlySpan<byte> subject)
    {
        if (_bySubject.TryGetValue(subject, out var literal))
            return literal;
        foreach (var mapping in _patterns)
        {
            if (Subject.Matches(subject, mapping.Source))
                return mapping;
        }

        return null;
    }
}

/// <summary>The destinations of the subjects that one pattern matches. Immutable.</summary>
internal sealed class AccountMapping
{
    private const int WeightMax = 100;

    private readonly (SubjectTransform Transform, int UpTo)[] _destinations;

    private AccountMapping(byte[] source, (SubjectTransform Transform, int UpTo)[] destinations)
    {
        Source = source;
        _destinations = destinations;
    }

    /// <summary>The pattern.</summary>
    public byte[] Source { get; }

    /// <summary>Makes a mapping.</summary>
    /// <returns>What is wrong with it, in the reference server's words, or null.</returns>
    public static string? Parse(SubjectMapping settings, out AccountMapping? mapping)
    {
        mapping = null;
        byte[] source = Encoding.UTF8.GetBytes(settings.Source);
        if (!Subject.IsValidSubscription(source))
            return "invalid subject";
        var destinations = new List<(SubjectTransform Transform, int UpTo)>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        int sum = 0;
        foreach (var (subject, weight) in settings.Destinations)
        {
            if (!seen.Add(subject))
                return $"duplicate entry for \"{subject}\"";
            if (weight > WeightMax)
                return "individual weights need to be <= 100";
            sum += weight;
            if (sum > WeightMax)
                return "total weight needs to be <= 100";
            if (SubjectTransform.ParseStrict(settings.Source, subject, out var transform) is { } mistake)
                return mistake;
            destinations.Add((transform!, sum));
        }

        // What is left stays as it is, unless the pattern is a destination itself: then the rest is to be lost.
        if (sum < WeightMax && !seen.Contains(settings.Source))
        {
            SubjectTransform.Parse(settings.Source, Numbered(settings.Source), out var same);
            destinations.Add((same!, WeightMax));
        }

        mapping = new AccountMapping(source, [.. destinations]);
        return null;
    }

    /// <summary>Chooses a destination; null if the message is to be lost.</summary>
    /// <param name="chance">A random number from 0 to 99.</param>
    public SubjectTransform? Choose(int chance)
    {
        foreach (var (transform, upTo) in _destinations)
        {
            if (chance < upTo)
                return transform;
        }

        return null;
    }

    private static string Numbered(string pattern)
    {
        int next = 1;
        return string.Join(
            '.',
            pattern.Split('.').Select(
                token => token == "*" ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"${next++}") : token));
    }
}
