namespace Rivulet.Server.Security.Tokens;

/// <summary>What is wrong with claims: some things at any time, some only at the time when they were looked at.</summary>
internal sealed class ClaimsProblems
{
    private readonly List<string> _errors = [];
    private readonly List<string> _times = [];

    /// <summary>What is wrong at any time.</summary>
    public IReadOnlyList<string> Errors => _errors;

    /// <summary>All of it.</summary>
    public IEnumerable<string> All => _errors.Concat(_times);

    /// <summary>Whether there is anything.</summary>
    public bool Any => _errors.Count + _times.Count > 0;

    /// <summary>Adds what is wrong at any time.</summary>
    public void Error(string text)
    {
        _errors.Add(text);
    }

    /// <summary>Adds what is wrong at this time.</summary>
    public void Time(string text)
    {
        _times.Add(text);
    }

    /// <summary>Claims looked at.</summary>
    public static ClaimsProblems Of(Claims claims, long now)
    {
        var problems = new ClaimsProblems();
        claims.Validate(problems, now);
        return problems;
    }
}
