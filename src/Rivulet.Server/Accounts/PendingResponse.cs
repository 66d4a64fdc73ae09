using Rivulet.Server.Security;

namespace Rivulet.Server.Accounts;

/// <summary>A request from another account that has had no response yet, or not all of it. Under the lock of <see cref="PendingResponses"/>.</summary>
internal sealed class PendingResponse
{
    private byte[] _reply = [];
    private int _replyLength;

    /// <summary>The account that asked; null while it stands for no request.</summary>
    public Account? Requester { get; private set; }

    /// <summary>The service that was asked.</summary>
    public ServiceExport? Service { get; private set; }

    /// <summary>The measurement of the request; null for none.</summary>
    public LatencySample? Sample { get; private set; }

    /// <summary>When it was asked, or gave the last part of the response.</summary>
    public long Timestamp { get; private set; }

    /// <summary>Where the response goes in the requester's account.</summary>
    public ReadOnlySpan<byte> Reply => _reply.AsSpan(0, _replyLength);

    /// <summary>Stands for a request from now on.</summary>
    public void Begin(Account requester, ReadOnlySpan<byte> reply, ServiceExport service, LatencySample? sample, long timestamp)
    {
        Sample = sample;
        Requester = requester;
        Service = service;
        Timestamp = timestamp;
        if (_reply.Length < reply.Length)
            _reply = new byte[Math.Max(64, reply.Length)];
        reply.CopyTo(_reply);
        _replyLength = reply.Length;
    }

    /// <summary>There was a part of the response, and there may be more.</summary>
    public void Touch(long timestamp)
    {
        Timestamp = timestamp;
    }

    /// <summary>Stands for no request any more.</summary>
    public void End()
    {
        Requester = null;
        Service = null;
        Sample = null;
        _replyLength = 0;
    }
}
