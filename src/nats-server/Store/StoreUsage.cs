namespace Rivulet.Server.Host.Store;

/// <summary>The help text of the store commands.</summary>
internal static class StoreUsage
{
    /// <summary>What <c>store --help</c> prints.</summary>
    public const string Text = """

        Usage: nats-server store check   [--json] <dir>
               nats-server store inspect [--json] [--records] [--stream <name>] [--subject <filter>] <dir>
               nats-server store repair  [--json] <dir> <new-dir>

        For stores that no server has open; <dir> is what the server is given as --store_dir, or the store itself.

        check    Verify every byte of a store: all checksums, all that follows from one record for another, and every
                 message through the index. Lists what is damaged by stream, sequence, file and offset. Changes nothing.

        inspect  Show what a store holds: its files and its streams. Changes nothing.
            --records            List the records of the log, in its order, what was removed included
            --stream <name>      Only those of this stream (a name, or account/name)
            --subject <filter>   Only messages whose subject matches; wildcards as in subscriptions

        repair   Write what is readable of a damaged store to a new directory: all streams, with all messages under their
                 sequences and times. What is lost stays listed as lost. The damaged store is left as it is.

            --json               Print JSON instead of text
            -h, --help           Show this text

        Exit codes: 0 nothing is damaged (repair: or it is repaired), 1 something is damaged, 2 it could not be done,
        130 it was interrupted.

        """;
}
