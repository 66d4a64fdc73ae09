using System.Text;
using Rivulet.JetStream.Hosting;

namespace Rivulet.Server.SystemRequests;

/// <summary>A request about the claims of accounts.</summary>
internal sealed class ClaimsRequest
{
    /// <summary>The subject that it came to.</summary>
    public required string Subject { get; init; }

    /// <summary>What it says.</summary>
    public required byte[] Body { get; init; }

    /// <summary>Where the answer goes; empty for nowhere.</summary>
    public required byte[] Reply { get; init; }

    /// <summary>The account that it came in.</summary>
    public required IAccountRouter Router { get; init; }

    /// <summary>What it says, as text.</summary>
    public string Text => Encoding.UTF8.GetString(Body);

    /// <summary>A token of the subject, from 0.</summary>
    public string Token(int index)
    {
        return Subject.Split('.')[index];
    }

    /// <summary>Answers it. A request may have several answers.</summary>
    public void Respond(ReadOnlySpan<byte> payload)
    {
        if (Reply.Length == 0)
            return;
        var batch = Router.CreateBatch();
        Router.Publish(Reply, default, default, payload, batch);
        batch.Flush();
    }
}
