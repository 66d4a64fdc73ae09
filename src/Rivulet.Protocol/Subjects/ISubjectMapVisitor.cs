namespace Rivulet.Protocol;

/// <summary>Is shown the values a <see cref="SubjectMap{T}"/> look-up finds. A struct, so that the call is direct.</summary>
public interface ISubjectMapVisitor<in T>
    where T : class
{
    /// <summary>Called once for each matching (filter, value) pair. Must not change the map.</summary>
    void Visit(T value);
}
