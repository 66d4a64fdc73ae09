namespace Rivulet.JetStream.Hosting;

/// <summary>Receives the messages of one subscription made by JetStream.</summary>
public interface IMessageHandler
{
    /// <summary>
    /// Handles one message inside the publisher's receive loop, so it must be short and must not block. Handlers of the
    /// same subscription may run on several threads at once.
    /// </summary>
    /// <returns>False if the message counts as not received: the publisher is told that there are no responders.</returns>
    bool Handle(in RoutedMessage message, DeliveryBatch batch);
}
