using Rivulet.JetStream.Hosting;
using Rivulet.Storage;

namespace Rivulet.JetStream.Streams;

/// <summary>
/// One stream: takes what is published on its subjects, decides what may be stored, and answers once it is committed.
/// </summary>
public sealed class JetStreamStream
{
    internal JetStreamStream(JetStreamAccount account, StreamLog log, StreamConfig config)
    {
        Account = account;
        Log = log;
        Config = config;
    }

    /// <summary>The account it belongs to.</summary>
    public JetStreamAccount Account { get; }

    /// <summary>The account's subject space.</summary>
    public IAccountRouter Router => Account.Router;

    /// <summary>Name of the stream.</summary>
    public string Name => Config.Name;

    /// <summary>Its messages.</summary>
    public StreamLog Log { get; }

    /// <summary>Its configuration. An update replaces the object; nothing changes it in place.</summary>
    public StreamConfig Config { get; private set; }

    /// <summary>Held by whoever uses the writer side of <see cref="Log"/>. No I/O, no callback and no await under it.</summary>
    public Lock WriterLock { get; } = new();
}
