using Rivulet.Server.Accounts;
using Rivulet.Server.Connections;

namespace Rivulet.Server.Routing;

/// <summary>
/// A client's subscription as the account sees it that exports what it is about: registered there, under the filter of the
/// subjects as they are there. Immutable.
/// </summary>
internal sealed class ImportedSubscription : RouteTarget
{
    /// <summary>The part of a subscription that is about an import.</summary>
    /// <param name="filter">Filter of the subjects, as they are in the exporting account.</param>
    /// <param name="subscription">The client's subscription.</param>
    /// <param name="import">What becomes of subjects.</param>
    public ImportedSubscription(byte[] filter, ClientSubscription subscription, StreamImportRule import)
        : base(filter)
    {
        Subscription = subscription;
        Import = import;
    }

    /// <summary>The client's subscription.</summary>
    public ClientSubscription Subscription { get; }

    /// <summary>The import.</summary>
    public StreamImportRule Import { get; }
}
