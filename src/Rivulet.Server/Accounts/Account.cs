using System.Text;
using Rivulet.JetStream;
using Rivulet.JetStream.Hosting;
using Rivulet.Protocol;
using Rivulet.Server.Connections;
using Rivulet.Server.Routing;
using Rivulet.Server.Security;

namespace Rivulet.Server.Accounts;

/// <summary>One account of a running server: its subject space, what leads into others, and who is connected.</summary>
/// <remarks>
/// Thread-safe. Settings are put in their place by <see cref="AccountRegistry"/>, by one thread at a time, while messages are
/// routed. Lock order: the lock around imports, then the locks of routers.
/// </remarks>
internal sealed class Account : IDisposable
{
    private readonly Random _random;
    private readonly Lock _importsLock = new();
    private readonly Lock _trafficLock = new();
    private volatile AccountSettings _settings;
    private volatile AccountMappings? _mappings;
    private volatile StreamImportRule[] _streamImports = [];
    private ServiceImportTarget[] _serviceImports = [];
    private PendingResponses? _responses;
    private Nuid? _eventIds;
    private TrafficCounters _closedTraffic;
    private long _slowConsumers;
    private int _connectionCount;

    /// <summary>An account without anything in it.</summary>
    /// <param name="settings">Its settings; imports and mappings come later.</param>
    /// <param name="work">Where observers of interest are called.</param>
    /// <param name="random">Seeds the choice of queue group members.</param>
    /// <param name="time">The clock.</param>
    public Account(AccountSettings settings, IWorkScheduler work, Random random, TimeProvider time)
    {
        _settings = settings;
        Time = time;
        _random = random;
        Router = new AccountRouter(settings.Name, work, random) { OriginFinder = FindOriginAccount };
        Updated = time.GetUtcNow();
    }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; }

    /// <summary>Its name.</summary>
    public string Name => Router.AccountName;

    /// <summary>Its subject space.</summary>
    public AccountRouter Router { get; }

    /// <summary>Its settings.</summary>
    public AccountSettings Settings => _settings;

    /// <summary>When its settings changed last.</summary>
    public DateTimeOffset Updated { get; private set; }

    /// <summary>What becomes of the subjects that its clients publish to; null for nothing.</summary>
    public AccountMappings? Mappings => _mappings;

    /// <summary>Where traces go of messages that another system samples; null for nowhere.</summary>
    public byte[]? TraceDestination { get; private set; }

    /// <summary>Its part of JetStream; null without.</summary>
    public JetStreamAccount? JetStream { get; set; }

    /// <summary>Its clients that are connected.</summary>
    public int ConnectionCount => Volatile.Read(ref _connectionCount);

    /// <summary>Clients closed because they did not keep up.</summary>
    public long SlowConsumers => Volatile.Read(ref _slowConsumers);

    /// <summary>Traffic of clients that are gone.</summary>
    public TrafficCounters ClosedTraffic
    {
        get
        {
            lock (_trafficLock)
                return _closedTraffic;
        }
    }

    /// <summary>Requests from other accounts that wait for responses, and requests of its own services' answers.</summary>
    public PendingResponses Responses => Volatile.Read(ref _responses) ?? CreateResponses();

    /// <summary>What it asks of other accounts.</summary>
    public IReadOnlyList<ServiceImportTarget> ServiceImports => Volatile.Read(ref _serviceImports);

    /// <summary>Admits a client, unless the account is full.</summary>
    public bool TryEnter()
    {
        int max = _settings.Limits.MaxConnections;
        if (Interlocked.Increment(ref _connectionCount) <= max || max < 0)
            return true;
        Interlocked.Decrement(ref _connectionCount);
        return false;
    }

    /// <summary>A client goes, to another account or for good.</summary>
    /// <param name="reason">Why, <see cref="ClosedReason.None"/> if it goes on elsewhere.</param>
    public void Leave(ClosedReason reason)
    {
        Interlocked.Decrement(ref _connectionCount);
        if (reason is ClosedReason.SlowConsumerPendingBytes or ClosedReason.SlowConsumerWriteDeadline)
            Interlocked.Increment(ref _slowConsumers);
    }

    /// <summary>Keeps the counts of a client that is gone.</summary>
    public void Keep(TrafficCounters traffic)
    {
        lock (_trafficLock)
            _closedTraffic = _closedTraffic.Plus(traffic);
    }

    /// <summary>The id of an event that happens in this account. Any thread.</summary>
    public string NextEventId()
    {
        return (Volatile.Read(ref _eventIds) ?? CreateEventIds()).Next();
    }

    /// <summary>Registers a client's subscription, here and where it concerns what is imported.</summary>
    public void Subscribe(ClientSubscription subscription)
    {
        Router.Add(subscription);
        if (_streamImports.Length > 0)
            FollowImports(subscription);
    }

    /// <summary>Removes a client's subscription. Once removed it is not found again, so this may be called twice.</summary>
    public void Unsubscribe(ClientSubscription subscription)
    {
        // First of all, so that whoever registers it at this moment finds it ended, or has registered it by now.
        bool isFirst = subscription.End();
        Router.Remove(subscription);
        if (!isFirst)
            return;
        lock (_importsLock)
        {
            foreach (var imported in subscription.Imported)
                imported.Import.Exporter.Router.Remove(imported);
            subscription.Imported = [];
        }
    }

    /// <summary>Registers a subscription where it concerns what is imported now, and no longer elsewhere.</summary>
    public void FollowImports(ClientSubscription subscription)
    {
        lock (_importsLock)
        {
            var old = subscription.Imported;
            var wanted = subscription.HasEnded ? [] : Wanted(subscription);
            foreach (var imported in wanted)
            {
                if (!old.Contains(imported))
                    imported.Import.Exporter.Router.Add(imported);
            }

            foreach (var imported in old)
            {
                if (!wanted.Contains(imported))
                    imported.Import.Exporter.Router.Remove(imported);
            }

            subscription.Imported = wanted;
        }
    }

    /// <summary>Takes over other settings, but for imports.</summary>
    /// <exception cref="NatsServerOptionsException">A mapping is not valid.</exception>
    public void Take(AccountSettings settings)
    {
        if (_settings.Equals(settings))
            return;
        _mappings = AccountMappings.Create(settings.Mappings);
        _settings = settings;
        TraceDestination = settings.TraceDestination is { } subject ? Encoding.UTF8.GetBytes(subject) : null;
        Updated = Time.GetUtcNow();
    }

    /// <summary>Takes over imports.</summary>
    /// <param name="streams">Messages of other accounts.</param>
    /// <param name="services">Services of other accounts; those that are there already are the same objects.</param>
    /// <returns>Whether the subscriptions of clients have to <see cref="FollowImports"/>.</returns>
    public bool Take(StreamImportRule[] streams, ServiceImportTarget[] services)
    {
        var old = _serviceImports;
        foreach (var service in services.Except(old))
            Router.Add(service);
        foreach (var service in old.Except(services))
            Router.Remove(service);
        Volatile.Write(ref _serviceImports, services);

        bool isChanged = !_streamImports.SequenceEqual(streams);
        _streamImports = streams;
        return isChanged;
    }

    /// <summary>The import that is there already with these settings, or null.</summary>
    public StreamImportRule? FindImport(StreamImport settings, Account exporter)
    {
        return _streamImports.FirstOrDefault(rule => rule.Settings == settings && rule.Exporter == exporter);
    }

    /// <summary>The import that is there already with these settings, or null.</summary>
    public ServiceImportTarget? FindImport(ServiceImport settings, Account exporter, ServiceExport service)
    {
        return _serviceImports.FirstOrDefault(
            target => target.Settings == settings && target.Exporter == exporter && target.Service == service);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Volatile.Read(ref _responses)?.Dispose();
    }

    private string? FindOriginAccount(string apiPrefix, string deliverPrefix, string stream)
    {
        byte[] request = Encoding.UTF8.GetBytes($"{apiPrefix}.CONSUMER.CREATE.{stream}.x");
        byte[] delivered = Encoding.UTF8.GetBytes($"{deliverPrefix}.x");
        string wanted = $"$JS.API.CONSUMER.CREATE.{stream}.x";
        foreach (var service in ServiceImports)
        {
            bool isAsked = service.NameThere(request) is { } there && Encoding.UTF8.GetString(there) == wanted;
            if (isAsked && Array.Exists(_streamImports, rule => rule.Exporter == service.Exporter && rule.FilterThere(delivered) is not null))
                return service.Exporter.Name;
        }

        return null;
    }

    private ImportedSubscription[] Wanted(ClientSubscription subscription)
    {
        var wanted = new List<ImportedSubscription>();
        foreach (var rule in _streamImports)
        {
            if (rule.FilterThere(subscription.Filter) is not { } filter)
                continue;
            var known = Array.Find(
                subscription.Imported, imported => imported.Import == rule && imported.Filter.AsSpan().SequenceEqual(filter));
            wanted.Add(known ?? new ImportedSubscription(filter, subscription, rule));
        }

        return [.. wanted];
    }

    private Nuid CreateEventIds()
    {
        lock (_random)
        {
            var ids = new Nuid(new Random(_random.Next()));
            return Interlocked.CompareExchange(ref _eventIds, ids, null) ?? ids;
        }
    }

    private PendingResponses CreateResponses()
    {
        var responses = new PendingResponses(Time);
        if (Interlocked.CompareExchange(ref _responses, responses, null) is { } earlier)
        {
            responses.Dispose();
            return earlier;
        }

        // Nobody knows a subject for responses before this returns.
        Router.Add(new ResponseRelay(this, responses));
        return responses;
    }
}
