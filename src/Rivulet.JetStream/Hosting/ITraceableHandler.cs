namespace Rivulet.JetStream.Hosting;

/// <summary>The handler of a stream: what becomes of a message can be told to whoever traces it.</summary>
public interface ITraceableHandler : IMessageHandler
{
    /// <summary>The stream.</summary>
    string StreamName { get; }

    /// <summary>Handles one message as <see cref="IMessageHandler.Handle"/> does, and tells what became of it.</summary>
    /// <param name="message">The message.</param>
    /// <param name="batch">The batch.</param>
    /// <param name="fate">What became of it.</param>
    /// <returns>False if the message counts as not received.</returns>
    bool HandleTraced(in RoutedMessage message, DeliveryBatch batch, out MessageFate fate);

    /// <summary>Tells what would become of a message, and answers if it would be refused. Nothing is stored.</summary>
    /// <param name="message">The message.</param>
    /// <param name="batch">The batch.</param>
    /// <param name="fate">What would become of it.</param>
    /// <returns>False if the message would count as not received.</returns>
    bool Probe(in RoutedMessage message, DeliveryBatch batch, out MessageFate fate);
}

/// <summary>What became of a message in a stream.</summary>
/// <param name="Subject">What it is stored under; <c>null</c> if it was refused.</param>
/// <param name="NoInterest">Whether it was not kept because no consumer wants it.</param>
/// <param name="Error">Why it was refused; <c>null</c> if it was not.</param>
public readonly record struct MessageFate(string? Subject, bool NoInterest, string? Error);
