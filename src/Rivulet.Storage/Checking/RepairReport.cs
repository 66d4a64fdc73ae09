namespace Rivulet.Storage.Checking;

/// <summary>What a repair found and made.</summary>
/// <param name="Damaged">The store as it was, and still is.</param>
/// <param name="Repaired">The store that was written, as a check finds it; null when nothing was damaged.</param>
public sealed record RepairReport(StoreReport Damaged, StoreReport? Repaired);
