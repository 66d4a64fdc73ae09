using Rivulet.JetStream.Hosting;

namespace Rivulet.JetStream.Tests.Support;

/// <summary>A client connection that publishes.</summary>
internal sealed class TestPublisher : PublisherContext
{
    public override ClientIdentity Identity { get; } = new() { Id = 7, Account = "$G" };
}
