using Rivulet.Storage.Tests.Suites;

namespace Rivulet.Storage.Tests;

public sealed class FileAppendTests : AppendSuite<FileHarness>;

public sealed class FileBatchTests : BatchSuite<FileHarness>;

public sealed class FileCompressionTests : CompressionSuite<FileHarness>;

public sealed class FileLimitTests : LimitSuite<FileHarness>;

public sealed class FileRemovalTests : RemovalSuite<FileHarness>;

public sealed class FileReadTests : ReadSuite<FileHarness>;

public sealed class FilePageTests : PageSuite<FileHarness>;

public sealed class FileCommitTests : CommitSuite<FileHarness>;

public sealed class FileVisibilityTests : VisibilitySuite<FileHarness>;

public sealed class FileLastingTests : LastingSuite<FileHarness>;
