namespace Rivulet.JetStream.Hosting;

/// <summary>Runs work off the receive loops, on the host's own threads. A test runs it in place.</summary>
public interface IWorkScheduler
{
    /// <summary>Runs <paramref name="item"/> soon. Never blocks; keeps no order between items.</summary>
    void Queue(IWorkItem item);
}

/// <summary>A piece of work for <see cref="IWorkScheduler"/>.</summary>
public interface IWorkItem
{
    /// <summary>Does the work. It must not throw: the item deals with its own failures.</summary>
    void Execute();
}
