namespace Rivulet.Simulation.Tests.Campaign;

/// <summary>What steps of a workload do, for the coverage of power cuts.</summary>
[Flags]
internal enum StepKinds
{
    None = 0,
    Put = 1,
    Rollup = 2,
    Batch = 4,
    Purge = 8,
    Removal = 0x10,
    Erasure = 0x20,
    Expiry = 0x40,
    Configuration = 0x80,
    StreamCreation = 0x100,
    StreamDeletion = 0x200,
    Attachment = 0x400,
    Skip = 0x800,
}
