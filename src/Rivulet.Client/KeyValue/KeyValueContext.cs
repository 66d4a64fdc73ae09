using Rivulet.Client.JetStream;

namespace Rivulet.Client.KeyValue;

/// <summary>The buckets of an account. Safe to use from any thread; holds no state.</summary>
public sealed class KeyValueContext
{
    /// <summary>Creates the context.</summary>
    public KeyValueContext(JetStreamContext jetStream)
    {
        ArgumentNullException.ThrowIfNull(jetStream);
        JetStream = jetStream;
    }

    /// <summary>JetStream underneath.</summary>
    public JetStreamContext JetStream { get; }

    /// <summary>Creates a bucket. An existing one with the same configuration is returned.</summary>
    /// <exception cref="KeyValueBucketExistsException">It exists with another configuration.</exception>
    /// <exception cref="KeyValueInvalidBucketNameException">The name breaks the rules.</exception>
    public ValueTask<KeyValueBucket> CreateBucketAsync(
        KeyValueConfig config, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Changes a bucket; what the configuration does not give returns to its default.</summary>
    /// <exception cref="KeyValueBucketNotFoundException">There is none.</exception>
    public ValueTask<KeyValueBucket> UpdateBucketAsync(
        KeyValueConfig config, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Changes a bucket, or creates it if there is none.</summary>
    public ValueTask<KeyValueBucket> CreateOrUpdateBucketAsync(
        KeyValueConfig config, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>A bucket that exists: asks the server for it.</summary>
    /// <exception cref="KeyValueBucketNotFoundException">There is none.</exception>
    public ValueTask<KeyValueBucket> GetBucketAsync(string bucket, CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <summary>Deletes a bucket and all that it holds.</summary>
    /// <exception cref="KeyValueBucketNotFoundException">There is none.</exception>
    public ValueTask DeleteBucketAsync(string bucket, CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <summary>The name of every bucket.</summary>
    public IAsyncEnumerable<string> ListBucketNamesAsync(CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <summary>Every bucket.</summary>
    public IAsyncEnumerable<KeyValueStatus> ListBucketsAsync(CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();
}
