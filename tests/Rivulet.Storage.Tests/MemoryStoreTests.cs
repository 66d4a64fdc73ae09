using Rivulet.Storage.Tests.Suites;

namespace Rivulet.Storage.Tests;

public sealed class MemoryAppendTests : AppendSuite<MemoryHarness>;

public sealed class MemoryBatchTests : BatchSuite<MemoryHarness>;

public sealed class MemoryCompressionTests : CompressionSuite<MemoryHarness>;

public sealed class MemoryLimitTests : LimitSuite<MemoryHarness>;

public sealed class MemoryRemovalTests : RemovalSuite<MemoryHarness>;

public sealed class MemoryReadTests : ReadSuite<MemoryHarness>;

public sealed class MemoryCommitTests : CommitSuite<MemoryHarness>;

public sealed class MemoryVisibilityTests : VisibilitySuite<MemoryHarness>;
