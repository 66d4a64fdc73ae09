using System.Text;
using Rivulet.Simulation.Tests.Model;
using Rivulet.Storage;

namespace Rivulet.Simulation.Tests.Campaign;

/// <summary>Hears of the commits of one stream: every message once, in order, with its content.</summary>
internal sealed class StreamEar(string stream) : IStreamObserver
{
    private readonly Queue<ModelMessage> _expected = new();

    /// <summary>What was heard and should not have been, in words; null when all is well.</summary>
    public string? Complaint { get; private set; }

    public void Expect(ModelMessage message) => _expected.Enqueue(message);

    public void OnCommitted(in StreamCommit commit)
    {
        foreach (CommittedMessage message in commit)
        {
            var heard = new ModelMessage(
                message.Sequence, Encoding.UTF8.GetString(message.Subject), message.Payload.ToArray(), message.TimestampNanos);
            if (!_expected.TryDequeue(out ModelMessage? expected) || !expected.IsSameAs(heard))
                Complaint ??= $"{stream} was told of {heard} in place of {expected}";
        }
    }

    public void OnFailed(Exception cause)
    {
    }
}
