namespace Rivulet.Simulation.Tests.Model;

/// <summary>An attachment: what was set last, and the changes since.</summary>
internal sealed record ModelAttachment(string Value, IReadOnlyList<string> Deltas)
{
    public override string ToString() => $"{Value}+{string.Join('+', Deltas)}";
}
