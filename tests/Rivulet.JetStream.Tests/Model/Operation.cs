namespace Rivulet.JetStream.Tests.Model;

/// <summary>What is done in one step of a run.</summary>
internal enum OperationKind
{
    Publish,
    DeleteMessage,
    Purge,
    UpdateStream,
    CreateConsumer,
    UpdateConsumer,
    DeleteConsumer,
    Pull,
    Ack,
    Listen,
    Pause,
    Reset,
    Wait,
    Restart,
}

/// <summary>
/// One step. What it does in detail is drawn from its own seed when its turn comes, from what is there then: so that it still
/// means something when others are left out.
/// </summary>
internal readonly record struct Operation(OperationKind Kind, int Seed)
{
    private static readonly (OperationKind Kind, int Weight)[] Weights =
    [
        (OperationKind.Publish, 30), (OperationKind.DeleteMessage, 3), (OperationKind.Purge, 2), (OperationKind.UpdateStream, 2),
        (OperationKind.CreateConsumer, 7), (OperationKind.UpdateConsumer, 3), (OperationKind.DeleteConsumer, 2), (OperationKind.Pull, 18),
        (OperationKind.Ack, 24), (OperationKind.Listen, 4), (OperationKind.Pause, 2), (OperationKind.Reset, 1), (OperationKind.Wait, 12),
        (OperationKind.Restart, 3),
    ];

    /// <summary>Draws the steps of a run.</summary>
    public static List<Operation> Draw(Random random, int count)
    {
        int sum = Weights.Sum(each => each.Weight);
        var drawn = new List<Operation>(count);
        while (drawn.Count < count)
        {
            int at = random.Next(sum);
            int i = 0;
            for (; at >= Weights[i].Weight; i++)
                at -= Weights[i].Weight;
            drawn.Add(new Operation(Weights[i].Kind, random.Next()));
        }

        return drawn;
    }
}
