using System.Diagnostics.CodeAnalysis;
using System.Text;
using Rivulet.JetStream.Api;
using Rivulet.JetStream.Events;
using Rivulet.JetStream.Hosting;
using Rivulet.JetStream.Origins;
using Rivulet.JetStream.Streams;
using Rivulet.Storage;

namespace Rivulet.JetStream;

/// <summary>
/// JetStream of one account: its streams by name, its API and its limits. Thread-safe.
/// </summary>
public sealed class JetStreamAccount
{
    private readonly List<IDisposable> _subscriptions = [];
    private AccountLimits _limits;

    internal JetStreamAccount(JetStreamEngine engine, IAccountRouter router, AccountLimits limits)
    {
        Engine = engine;
        Router = router;
        _limits = limits;
        Usage = new AccountUsage(this);
        Events = new AccountEvents(this);
        Origins = new OriginRegistry(this);
        Directory = new StreamDirectory(this);
        Requests = new ApiQueue(this);
    }

    /// <summary>Name of the account.</summary>
    public string Name => Router.AccountName;

    /// <summary>The engine it belongs to.</summary>
    public JetStreamEngine Engine { get; }

    /// <summary>The account's subject space.</summary>
    public IAccountRouter Router { get; }

    /// <summary>What the account may use. Lower limits take nothing away from what is there.</summary>
    public AccountLimits Limits
    {
        get => Volatile.Read(ref _limits);
        set => Volatile.Write(ref _limits, value);
    }

    /// <summary>Counts the account's API requests.</summary>
    public ApiStatistics Statistics { get; } = new();

    /// <summary>The account's streams, in no order.</summary>
    public IEnumerable<JetStreamStream> Streams => Directory.All;

    /// <summary>What its streams hold.</summary>
    public AccountUsage Usage { get; }

    /// <summary>Its streams by name and subject.</summary>
    internal StreamDirectory Directory { get; }

    /// <summary>Who copies from which of its streams.</summary>
    internal OriginRegistry Origins { get; }

    /// <summary>Tells those who listen what happens in it.</summary>
    internal AccountEvents Events { get; }

    /// <summary>The requests that wait for their turn.</summary>
    internal ApiQueue Requests { get; }

    /// <summary>Looks a stream up by its name.</summary>
    public bool TryGetStream(string name, [NotNullWhen(true)] out JetStreamStream? stream) =>
        Directory.TryGet(name, out stream);

    /// <summary>Resumes the account's streams in a store, and begins to answer its API.</summary>
    internal void Start(MessageStore store)
    {
        foreach (StreamLog log in store.Streams.Where(log => log.Identity.Account == Name))
            Directory.Recover(store, log);
        Serve("$JS.API.", Engine.Routes, hearsUnknown: true);
        Serve("$RV.KV.", Engine.BucketRoutes, hearsUnknown: false);
        if (Engine.Options.Domain is { Length: > 0 } domain)
        {
            Serve($"$JS.{domain}.API.", Engine.Routes, hearsUnknown: true);
            Serve($"$RV.{domain}.KV.", Engine.BucketRoutes, hearsUnknown: false);
        }
    }

    internal void Stop()
    {
        foreach (IDisposable subscription in _subscriptions)
            subscription.Dispose();
        _subscriptions.Clear();
        Directory.AbandonRestores();
        foreach (JetStreamStream stream in Streams)
            stream.Stop(isDeleted: false);
    }

    /// <summary>Stops while the engine goes on: memory streams go, and file streams rest in the store.</summary>
    internal void Disable()
    {
        Requests.Stop();
        Stop();
        foreach (JetStreamStream stream in Streams)
        {
            if (stream.Config.Storage == StorageType.Memory)
                stream.Delete();
        }
    }

    private void Serve(string prefix, ApiRouteTable routes, bool hearsUnknown)
    {
        var entry = new ApiEntry(this, routes, prefix.Length, hearsUnknown);
        _subscriptions.Add(Router.Subscribe(Encoding.ASCII.GetBytes(prefix + ">"), entry));
    }
}
