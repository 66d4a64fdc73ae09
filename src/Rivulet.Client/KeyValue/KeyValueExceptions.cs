using Rivulet.Client.JetStream;

namespace Rivulet.Client.KeyValue;

/// <summary>The base of the errors of buckets and keys.</summary>
public class KeyValueException : NatsException
{
    /// <summary>Creates the exception with a message and, where the API answered one, its error.</summary>
    public KeyValueException(string message, JetStreamApiError? apiError = null)
        : base(message) => ApiError = apiError;

    /// <summary>What the API answered, null where the error was found without it.</summary>
    public JetStreamApiError? ApiError { get; }
}

/// <summary>The key has no value.</summary>
public class KeyValueKeyNotFoundException : KeyValueException
{
    /// <summary>Creates the exception for a key.</summary>
    public KeyValueKeyNotFoundException(string key)
        : this(key, "key not found")
    {
    }

    private protected KeyValueKeyNotFoundException(string key, string message)
        : base(message) => Key = key;

    /// <summary>The key.</summary>
    public string Key { get; }
}

/// <summary>The key has no value because it was deleted, purged or has expired.</summary>
public sealed class KeyValueKeyDeletedException : KeyValueKeyNotFoundException
{
    /// <summary>Creates the exception from the entry that says so.</summary>
    public KeyValueKeyDeletedException(KeyValueEntry entry)
        : base((entry ?? throw new ArgumentNullException(nameof(entry))).Key, "key was deleted") => Entry = entry;

    /// <summary>The revision that deleted it.</summary>
    public ulong Revision => Entry.Revision;

    /// <summary>The entry that says so.</summary>
    public KeyValueEntry Entry { get; }
}

/// <summary>A create found that the key has a value.</summary>
public sealed class KeyValueKeyExistsException : KeyValueException
{
    /// <summary>Creates the exception for a key with the API's error.</summary>
    public KeyValueKeyExistsException(string key, JetStreamApiError apiError)
        : base($"{(apiError ?? throw new ArgumentNullException(nameof(apiError))).Description}: key exists", apiError) =>
        Key = key;

    /// <summary>The key.</summary>
    public string Key { get; }
}

/// <summary>The key's last revision is not the expected one: someone else changed it.</summary>
public sealed class KeyValueWrongLastRevisionException : KeyValueException
{
    /// <summary>Creates the exception for a key with the API's error.</summary>
    public KeyValueWrongLastRevisionException(string key, ulong expectedRevision, JetStreamApiError apiError)
        : base((apiError ?? throw new ArgumentNullException(nameof(apiError))).Description, apiError)
    {
        Key = key;
        ExpectedRevision = expectedRevision;
        ActualRevision = KeyValueErrors.ActualRevision(apiError);
    }

    /// <summary>The key.</summary>
    public string Key { get; }

    /// <summary>The revision that was expected.</summary>
    public ulong ExpectedRevision { get; }

    /// <summary>The key's last revision, null where the server did not say.</summary>
    public ulong? ActualRevision { get; }
}

/// <summary>There is no such bucket.</summary>
public sealed class KeyValueBucketNotFoundException : KeyValueException
{
    /// <summary>Creates the exception for a bucket.</summary>
    public KeyValueBucketNotFoundException(string bucket, JetStreamApiError? apiError = null)
        : base("bucket not found", apiError) => Bucket = bucket;

    /// <summary>The bucket.</summary>
    public string Bucket { get; }
}

/// <summary>The bucket exists with another configuration.</summary>
public sealed class KeyValueBucketExistsException : KeyValueException
{
    /// <summary>Creates the exception for a bucket.</summary>
    public KeyValueBucketExistsException(string bucket, JetStreamApiError? apiError = null)
        : base($"bucket name already in use: {bucket}", apiError) => Bucket = bucket;

    /// <summary>The bucket.</summary>
    public string Bucket { get; }
}

/// <summary>The name is not one of a bucket.</summary>
public sealed class KeyValueInvalidBucketNameException : KeyValueException
{
    /// <summary>Creates the exception for a name.</summary>
    public KeyValueInvalidBucketNameException(string bucket)
        : base("invalid bucket name") => Bucket = bucket;

    /// <summary>The name.</summary>
    public string Bucket { get; }
}

/// <summary>The key, or the filter of keys, breaks the rules.</summary>
public sealed class KeyValueInvalidKeyException : KeyValueException
{
    /// <summary>Creates the exception for a key.</summary>
    public KeyValueInvalidKeyException(string key)
        : base("invalid key") => Key = key;

    /// <summary>The key or filter.</summary>
    public string Key { get; }
}

/// <summary>The stream of that name is not a bucket.</summary>
public sealed class KeyValueNotABucketException : KeyValueException
{
    /// <summary>Creates the exception for a bucket name.</summary>
    public KeyValueNotABucketException(string bucket)
        : base("bucket not valid key-value store") => Bucket = bucket;

    /// <summary>The name.</summary>
    public string Bucket { get; }
}

/// <summary>
/// What was asked for as of a revision, or from one on, is not whole any more: values that were there then, or the news that
/// they went, are gone.
/// </summary>
public sealed class KeyValueRevisionCompactedException : KeyValueException
{
    /// <summary>Creates the exception for a revision with the server's error.</summary>
    public KeyValueRevisionCompactedException(ulong revision, JetStreamApiError apiError)
        : base((apiError ?? throw new ArgumentNullException(nameof(apiError))).Description, apiError) => Revision = revision;

    /// <summary>The revision that was asked for.</summary>
    public ulong Revision { get; }
}

/// <summary>The server does not offer what was asked for: it is not Rivulet's, or an older one.</summary>
public sealed class KeyValueNotSupportedException : KeyValueException
{
    /// <summary>Creates the exception for an operation.</summary>
    public KeyValueNotSupportedException(string operation)
        : base($"the server does not offer {operation} on buckets") => Operation = operation;

    /// <summary>The operation.</summary>
    public string Operation { get; }
}
