namespace Rivulet.Fuzz.Tests;

/// <summary>How long a fuzz test goes on.</summary>
public enum FuzzLength
{
    /// <summary>As part of every test run.</summary>
    Short,

    /// <summary>When campaigns are asked for.</summary>
    Campaign,
}
