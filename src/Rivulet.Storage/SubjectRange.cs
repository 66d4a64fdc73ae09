using Rivulet.Protocol;

namespace Rivulet.Storage;

/// <summary>Subjects that match a filter and lie between two bounds, in byte order.</summary>
/// <param name="Filter">Which subjects.</param>
/// <param name="From">Nothing before this; empty for no bound. Not necessarily a whole subject.</param>
/// <param name="Before">Nothing from this on; empty for no bound.</param>
public readonly record struct SubjectRange(FilterSet Filter, ReadOnlyMemory<byte> From, ReadOnlyMemory<byte> Before);
