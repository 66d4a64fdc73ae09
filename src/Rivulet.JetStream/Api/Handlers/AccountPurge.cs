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
        MessageStore? waitFor = null;
        LogPosition deleted = LogPosition.None;
        List<JetStreamStream> streams = [.. account.Directory.All];
        foreach (JetStreamStream stream in streams)
        {
            LogPosition position = account.Directory.Delete(stream);

            // What is in memory only is gone at once; what it takes longest to be rid of is on the disk.
            if (waitFor is not null && stream.Config.Storage == StorageType.Memory)
                continue;
            (waitFor, deleted) = (stream.Store, position);
        }

        LogPosition offline = account.Directory.DeleteOffline();
        if (offline != LogPosition.None)
            (waitFor, deleted) = (account.Engine.StoreOf(StorageType.File), offline);
        response.Initiated = true;
        if (waitFor is not null)
            response.SendAfter(waitFor, deleted, () => streams.ForEach(stream => account.Events.StreamDeleted(stream.Name)));
    }
}
