namespace Rivulet.Storage;

/// <summary>The store has failed for good: no later write or sync is believed. The inner exception is the cause.</summary>
public sealed class StoreFailedException : IOException
{
    /// <summary>Makes the exception.</summary>
    /// <param name="message">What failed, with the path.</param>
    /// <param name="cause">What the disk said.</param>
    public StoreFailedException(string message, Exception cause)
        : base(message, cause)
    {
    }
}

/// <summary>
/// A store directory cannot be opened as it is: another server holds it, it was written by a later version, or it
/// holds files that are not a store's. Nothing in it was touched.
/// </summary>
public sealed class StoreUnusableException : IOException
{
    /// <summary>Makes the exception.</summary>
    /// <param name="path">The file or directory at fault.</param>
    /// <param name="message">What is wrong with it; names the path.</param>
    /// <param name="cause">What the file system said, if it did.</param>
    public StoreUnusableException(string path, string message, Exception? cause = null)
        : base(message, cause) => Path = path;

    /// <summary>The file or directory at fault.</summary>
    public string Path { get; }
}
