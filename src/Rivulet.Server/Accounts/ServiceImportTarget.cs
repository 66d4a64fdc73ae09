using System.Buffers;
using System.Text;
using Rivulet.JetStream.Streams;
using Rivulet.Protocol;
using Rivulet.Server.Outbound;
using Rivulet.Server.Routing;
using Rivulet.Server.Security;
using Rivulet.Server.Tracing;

namespace Rivulet.Server.Accounts;

/// <summary>
/// Passes requests of an account on to a service of another one, with a reply subject there that leads back here. Registered
/// under the subjects that the service has here.
/// </summary>
internal sealed class ServiceImportTarget : RelayTarget
{
    // Longer subjects are rented for.
    private const int SubjectBytes = 512;

    private readonly SubjectTransform? _rename;
    private readonly byte[]? _literal;

    /// <summary>The relay of one import.</summary>
    /// <param name="importer">The account that asks.</param>
    /// <param name="exporter">The account that has the service.</param>
    /// <param name="service">The service, as it is exported.</param>
    /// <param name="settings">The import, as it was asked for.</param>
    /// <param name="renaming">How subjects are called there, and here.</param>
    public ServiceImportTarget(
        Account importer, Account exporter, ServiceExport service, ServiceImport settings, ImportRenaming renaming)
        : base(Encoding.UTF8.GetBytes(renaming.Destination))
    {
        Importer = importer;
        Exporter = exporter;
        Service = service;
        Settings = settings;
        _rename = renaming.Back;
        bool isLiteral = !renaming.Source.Split('.').Any(token => token is "*" or ">");
        _literal = isLiteral ? Encoding.UTF8.GetBytes(renaming.Source) : null;
    }

    /// <summary>The account that asks.</summary>
    public Account Importer { get; }

    /// <summary>The account that has the service.</summary>
    public Account Exporter { get; }

    /// <summary>The service, as it is exported.</summary>
    public ServiceExport Service { get; }

    /// <summary>The import, as it was asked for.</summary>
    public ServiceImport Settings { get; }

    /// <summary>
    /// Whether a reply subject has to lead back through the accounts. Acknowledgements of JetStream do not: whoever imports its
    /// messages imports <c>$JS.ACK.></c> as well.
    /// </summary>
    public static bool NeedsResponse(ReadOnlySpan<byte> reply)
    {
        return !reply.IsEmpty && !reply.StartsWith("$JS.ACK."u8);
    }

    /// <inheritdoc/>
    public override bool HasInterest(ReadOnlySpan<byte> subject)
    {
        return true;
    }

    /// <summary>What a subject is called in the exporting account; null if it is none of the service.</summary>
    public byte[]? NameThere(ReadOnlySpan<byte> subject)
    {
        if (!Subject.Matches(subject, Filter))
            return null;
        byte[] room = new byte[_rename?.RoomFor(subject.Length) ?? 0];
        return ThereOf(subject, room).ToArray();
    }

    /// <inheritdoc/>
    public override bool Relay(in Publication publication, ServerDeliveryBatch batch)
    {
        if (publication.Hops >= HopsMax)
            return false;
        var subject = publication.RoutingSubject;
        int length = _literal?.Length ?? _rename?.RoomFor(subject.Length) ?? subject.Length;
        byte[]? rented = length > SubjectBytes ? ArrayPool<byte>.Shared.Rent(length) : null;
        Span<byte> room = rented ?? stackalloc byte[SubjectBytes];
        bool received = Relay(publication, ThereOf(subject, room), batch);
        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented);
        return received;
    }

    private ReadOnlySpan<byte> ThereOf(ReadOnlySpan<byte> subject, Span<byte> room)
    {
        if (_literal is not null)
            return _literal;
        return _rename is null ? subject : room[.._rename.Apply(subject, room, Random.Shared)];
    }

    private bool Relay(in Publication publication, ReadOnlySpan<byte> to, ServerDeliveryBatch batch)
    {
        var mappings = Exporter.Mappings;
        if (mappings is null || mappings.Find(to) is not { } mapping)
            return RelayTo(publication, to, batch);
        var transform = mapping.Choose(batch.NextRandom(100));
        if (transform is null)
            return false;
        byte[] rented = ArrayPool<byte>.Shared.Rent(transform.RoomFor(to.Length));
        bool received = RelayTo(publication, rented.AsSpan(0, transform.Apply(to, rented, Random.Shared)), batch);
        ArrayPool<byte>.Shared.Return(rented);
        return received;
    }

    private bool RelayTo(in Publication publication, ReadOnlySpan<byte> to, ServerDeliveryBatch batch)
    {
        Span<byte> reply = stackalloc byte[PendingResponses.SubjectBytes];
        bool isAnswered = NeedsResponse(publication.Reply);
        publication.Trace?.ServiceAsked(Exporter, publication.RoutingSubject, to);
        if (publication.Trace is { IsOnly: true } && !Service.AllowTrace)
            return false;
        bool isShared = publication.Hops == 0 ? Settings.Share : publication.SharesRequester;
        var sample = Service.Latency is null ? null : Sample(publication, isShared, batch);
        if (isAnswered)
            Exporter.Responses.Add(Importer, publication.Reply, Service, sample, reply);
        else if (publication.Reply.IsEmpty)
            sample?.Failed(400, "Bad Request", batch);
        bool isMasked = !publication.Target.IsEmpty;
        var passed = publication with
        {
            Subject = isMasked ? publication.Subject : to,
            Target = isMasked ? to : default,
            Reply = isAnswered ? reply : publication.Reply,
            Hops = publication.Hops + 1,
            SharesRequester = isShared,
        };
        bool received = passed.Trace is null ? Pass(passed, batch) : PassTraced(passed, batch);
        if (!isAnswered || (received && passed.Trace is not { IsOnly: true }))
            return received;
        Exporter.Responses.Remove(reply);
        sample?.Failed(503, "Service Unavailable", batch);
        return received;
    }

    private LatencySample? Sample(in Publication publication, bool isShared, ServerDeliveryBatch batch)
    {
        return publication.Trace is { IsOnly: true }
            ? null
            : LatencySample.Begin(Service.Latency!, Exporter, publication, isShared, batch.NextRandom(100), Exporter.Time);
    }

    private bool Pass(in Publication passed, ServerDeliveryBatch batch)
    {
        return passed.Publisher is { } publisher
            ? WithRequestInfo(
                passed, publisher.Context.RequestInfo(passed.SharesRequester, passed.Hops == 1 ? null : Importer.Name), batch)
            : Exporter.Router.RoutePassed(passed, batch);
    }

    /// <summary>
    /// Passes on a message that is traced. Whether the trace goes on is the exporter's decision; if it does, what is traced there of the
    /// same message comes to where this trace goes.
    /// </summary>
    private bool PassTraced(in Publication passed, ServerDeliveryBatch batch)
    {
        Span<byte> destination = stackalloc byte[PendingResponses.SubjectBytes];
        if (Service.AllowTrace)
            Exporter.Responses.Add(Importer, passed.Trace!.Destination, Service, sample: null, destination);
        byte[] headers = TraceHeaders.WithDestination(passed.Headers, Service.AllowTrace ? destination : TraceHeaders.Disabled);
        Span<byte> digits = stackalloc byte[2 * SizeDigits.Max];
        bool received = Pass(
            passed with
            {
                Headers = headers,
                HeadersSize = SizeDigits.Format(headers.Length, digits[SizeDigits.Max..]),
                Size = SizeDigits.Format(headers.Length + passed.Payload.Length, digits),
                Trace = Service.AllowTrace ? passed.Trace : null,
            },
            batch);
        if (Service.AllowTrace && (!received || passed.Trace!.IsOnly))
            Exporter.Responses.Remove(destination);
        return received;
    }

    private bool WithRequestInfo(in Publication publication, ReadOnlySpan<byte> info, ServerDeliveryBatch batch)
    {
        byte[] headers = ArrayPool<byte>.Shared.Rent(RequestInfoHeader.LengthMax(publication.Headers.Length, info.Length));
        int length = RequestInfoHeader.Write(publication.Headers, info, headers);
        Span<byte> digits = stackalloc byte[2 * SizeDigits.Max];
        bool received = Exporter.Router.RoutePassed(
            publication with
            {
                Headers = headers.AsSpan(0, length),
                HeadersSize = SizeDigits.Format(length, digits[SizeDigits.Max..]),
                Size = SizeDigits.Format(length + publication.Payload.Length, digits),
            },
            batch);
        ArrayPool<byte>.Shared.Return(headers);
        return received;
    }
}
