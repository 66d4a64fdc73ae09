namespace Rivulet.Storage.Tests;

public sealed class MemoryHarness : StoreHarness
{
    public override bool IsLasting => false;

    public override long AccountedOverheadBytes => 16;

    public override Task<MessageStore> OpenAsync() =>
        Task.FromResult<MessageStore>(new MemoryMessageStore(Time, new Random(1)));
}
