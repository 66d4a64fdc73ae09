using Rivulet.Storage.Tests.Suites;

namespace Rivulet.Storage.Tests;

public sealed class SimulatedAppendTests : AppendSuite<SimulatedHarness>;

public sealed class SimulatedBatchTests : BatchSuite<SimulatedHarness>;

public sealed class SimulatedCompressionTests : CompressionSuite<SimulatedHarness>;

public sealed class SimulatedLimitTests : LimitSuite<SimulatedHarness>;

public sealed class SimulatedRemovalTests : RemovalSuite<SimulatedHarness>;

public sealed class SimulatedReadTests : ReadSuite<SimulatedHarness>;

public sealed class SimulatedPageTests : PageSuite<SimulatedHarness>;

public sealed class SimulatedCommitTests : CommitSuite<SimulatedHarness>;

public sealed class SimulatedVisibilityTests : VisibilitySuite<SimulatedHarness>;

public sealed class SimulatedLastingTests : LastingSuite<SimulatedHarness>;
