namespace Rivulet.Storage.Checking;

/// <summary>Which records of a store to list.</summary>
public sealed record RecordQuery
{
    /// <summary>The stream's name, or its account and name with a slash between; null for all.</summary>
    public string? Stream { get; init; }

    /// <summary>A subject, or a filter with wildcards: only messages that match. Null for all records.</summary>
    public string? Subject { get; init; }
}
