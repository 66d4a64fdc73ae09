namespace Rivulet.Server.Security;

/// <summary>Compares settings that are lists by what is in them.</summary>
internal static class ListEquality
{
    /// <summary>Whether both have the same elements in the same order, or both are missing.</summary>
    public static bool AreEqual<T>(IReadOnlyList<T>? a, IReadOnlyList<T>? b)
    {
        return a is null ? b is null : b is not null && a.SequenceEqual(b);
    }
}
