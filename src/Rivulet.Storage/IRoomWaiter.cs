namespace Rivulet.Storage;

/// <summary>Waits until a store takes more; see <see cref="MessageStore.WhenRoom"/>.</summary>
public interface IRoomWaiter
{
    /// <summary>There may be room, or the store has failed. Must not block.</summary>
    void OnRoom();
}
