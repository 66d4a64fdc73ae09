using Rivulet.JetStream.Api.Models;
using Rivulet.JetStream.Streams;
using Rivulet.Storage;

namespace Rivulet.JetStream.Api.Handlers;

/// <summary>Deletes everything that an account has, for those who run the server.</summary>
internal static class AccountPurge
{
    /// <summary>The operation. It is asked in the system account, and runs among the requests of the account in question.</summary>
    public static ApiRoute<AccountPurgeResponse> Route { get; } =
        new("ACCOUNT.PURGE.*", ApiBodyRule.Any, ApiJsonContext.Relaxed, Purge);

    private static void Purge(ApiRequest request, AccountPurgeResponse response)
    {
        JetStreamAccount account = request.Account;
        LogPosition deleted = LogPosition.None;
        List<JetStreamStream> streams = [.. account.Directory.All];
        foreach (JetStreamStream stream in streams)
        {
            // What is in memory only is gone at once.
            LogPosition position = account.Directory.Delete(stream);
            if (stream.Config.Storage == StorageType.File)
                deleted = position;
        }

        deleted = LogPosition.Max(deleted, account.Directory.DeleteOffline());
        response.Initiated = true;

        // Where nothing is left to delete too: a store that has failed may still have it on the disk.
        response.SendAfter(
            account.Engine.StoreOf(StorageType.File), deleted, () => streams.ForEach(stream => account.Events.StreamDeleted(stream.Name)));
    }
}
