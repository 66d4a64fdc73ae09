using Rivulet.Storage.Tests.Suites;

namespace Rivulet.Storage.Tests.Model;

public abstract class ModelSuite<THarness> : StoreSuite<THarness>
    where THarness : StoreHarness, new()
{
    [Theory]
    [InlineData(1, 20)]
    [InlineData(21, 20)]
    [InlineData(41, 20)]
    public async Task Random_operations_agree_with_a_model(int firstSeed, int seeds)
    {
        for (int seed = firstSeed; seed < firstSeed + seeds; seed++)
            await new ModelRun(Harness, seed).RunAsync(250);
    }
}

public sealed class MemoryModelTests : ModelSuite<MemoryHarness>;

public sealed class SimulatedModelTests : ModelSuite<SimulatedHarness>;
