namespace Rivulet.Simulation.Tests.Campaign;

/// <summary>A store broke a promise. The message says which, with the seed to see it again.</summary>
internal sealed class SimulationFailure(string message) : Exception(message);
