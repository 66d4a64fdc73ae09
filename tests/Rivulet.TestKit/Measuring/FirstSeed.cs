using System.Globalization;

namespace Rivulet.TestKit.Measuring;

/// <summary>
/// Where tests with random inputs begin: at what the variable of their kind says, to see a failure again; else at what
/// <c>RIVULET_SEED</c> says, which a build machine sets so that one commit is judged by the same inputs each time; else somewhere else
/// each time.
/// </summary>
public static class FirstSeed
{
    /// <summary>The first seed.</summary>
    /// <param name="variable">The environment variable of the kind of test, such as <c>RIVULET_FUZZ_SEED</c>.</param>
    /// <exception cref="FormatException">A variable is set, and is no number of 32 bits.</exception>
    public static int Of(string variable) => FromEnvironment(variable) ?? FromEnvironment("RIVULET_SEED") ?? Random.Shared.Next();

    private static int? FromEnvironment(string name)
    {
        string? text = Environment.GetEnvironmentVariable(name);
        if (string.IsNullOrEmpty(text))
            return null;
        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int seed)
            ? seed
            : throw new FormatException($"{name} is {text}, which is no seed: a whole number of 32 bits is expected");
    }
}
