namespace Rivulet.Server.Tests.Abuse;

/// <summary>Tests that measure memory and time under abuse run one after another, with no others beside them.</summary>
[CollectionDefinition(nameof(AbuseCollection), DisableParallelization = true)]
public sealed class AbuseCollection;
