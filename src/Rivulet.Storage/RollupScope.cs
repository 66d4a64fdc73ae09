namespace Rivulet.Storage;

/// <summary>Which older messages a new message removes when it is stored. The numbers are stored in records.</summary>
public enum RollupScope : byte
{
    /// <summary>None of them.</summary>
    None = 0,

    /// <summary>Those of its own subject.</summary>
    Subject = 1,

    /// <summary>All of the stream.</summary>
    All = 2,
}
