using Rivulet.Server;

namespace Rivulet.Cli.Tests.Walkthrough;

/// <summary>The same with JetStream, and a store directory of its own.</summary>
public sealed class JetStreamServerFixture : ServerFixture
{
    private readonly string _storeDirectory = Directory.CreateTempSubdirectory("rivulet-cli-").FullName;

    protected override JetStreamServerOptions JetStream => new() { StoreDirectory = _storeDirectory };

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(_storeDirectory, recursive: true);
    }
}
