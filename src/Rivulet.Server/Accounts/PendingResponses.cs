using System.Buffers.Binary;
using Rivulet.Protocol;
using Rivulet.Server.Security;
using Rivulet.Server.Security.Keys;

namespace Rivulet.Server.Accounts;

/// <summary>
/// The requests from other accounts that an account owes responses to, each under a subject of this account that nobody can
/// guess: <c>_R_.&lt;six characters of the account&gt;.&lt;six of the request&gt;</c>.
/// </summary>
/// <remarks>
/// Thread-safe; the lock is a leaf. Requests allocate nothing once as many have been under way before: what is done is used again.
/// Those that are not answered go when the threshold of their service has passed since the request, or since the last response.
/// </remarks>
internal sealed class PendingResponses : IDisposable
{
    /// <summary>Bytes of a subject for responses.</summary>
    public const int SubjectBytes = PrefixBytes + TokenBytes;

    private const int TokenBytes = 6;
    private const int PrefixBytes = 4 + TokenBytes + 1;
    private const ulong TokenCount = 62L * 62 * 62 * 62 * 62 * 62;

    // What a timer takes at once; whoever waits longer is looked at again then.
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(40);

    // A look at all that wait takes some hundredth of this for each, so looks take up no more than that of a processor.
    private static readonly TimeSpan PauseForEach = TimeSpan.FromMicroseconds(1);

    // Where more than these are done at the same time, the rest is left to the collector.
    private const int FreeMax = 4096;

    private readonly Lock _lock = new();
    private readonly Dictionary<long, PendingResponse> _pending = [];
    private readonly Stack<PendingResponse> _free = [];
    private readonly byte[] _prefix = new byte[PrefixBytes];

    // Numbers that nobody can guess, fetched many at a time.
    private readonly byte[] _secrets = new byte[4096];
    private int _secretsUsed = 4096;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private bool _isTimed;
    private long _dueAt;
    private bool _isDisposed;

    /// <summary>None yet.</summary>
    /// <param name="time">The clock.</param>
    public PendingResponses(TimeProvider time)
    {
        _time = time;
        "_R_."u8.CopyTo(_prefix);
        WriteToken(NextToken(), _prefix.AsSpan(4));
        _prefix[^1] = Subject.Separator;
        _timer = time.CreateTimer(
            static self => ((PendingResponses)self!).Expire(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The filter of all subjects for responses to this account.</summary>
    public byte[] Filter => [.. _prefix, Subject.FullWildcard];

    /// <summary>Requests without an answer.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _pending.Count;
        }
    }

    /// <summary>A request is passed on: gives it a subject for its response.</summary>
    /// <param name="requester">The account that asks.</param>
    /// <param name="reply">Where the response goes there.</param>
    /// <param name="service">The service that is asked.</param>
    /// <param name="sample">The measurement of the request; null for none.</param>
    /// <param name="subject">Gets the subject; <see cref="SubjectBytes"/> long.</param>
    public void Add(Account requester, ReadOnlySpan<byte> reply, ServiceExport service, LatencySample? sample, Span<byte> subject)
    {
        _prefix.CopyTo(subject);
        lock (_lock)
        {
            long token;
            do
                token = NextToken();
            while (_pending.ContainsKey(token));
            WriteToken(token, subject[PrefixBytes..]);
            if (!_free.TryPop(out var response))
                response = new PendingResponse();
            long now = _time.GetTimestamp();
            response.Begin(requester, reply, service, sample, now);
            _pending.Add(token, response);
            if (!_isDisposed)
                LookAfter(service.ResponseThreshold, now);
        }
    }

    /// <summary>Takes up a response: where it goes.</summary>
    /// <param name="subject">The subject that it came to.</param>
    /// <param name="isLast">Whether the message itself says that it is the last of its response.</param>
    /// <param name="reply">Room for the subject where it goes; left alone if it is too small.</param>
    /// <param name="replyLength">Length of that subject; if it is more than there is room for, nothing was taken up.</param>
    /// <param name="service">The service that was asked.</param>
    /// <param name="sample">The measurement of the request; null for none. The caller's to tell of.</param>
    /// <returns>The account that asked; null if nobody waits for this response.</returns>
    public Account? TryTake(
        ReadOnlySpan<byte> subject,
        bool isLast,
        Span<byte> reply,
        out int replyLength,
        out ServiceExport? service,
        out LatencySample? sample)
    {
        replyLength = 0;
        service = null;
        sample = null;
        if (!TryReadToken(subject, out long token))
            return null;
        lock (_lock)
        {
            if (!_pending.TryGetValue(token, out var response))
                return null;
            var requester = response.Requester;
            service = response.Service;
            replyLength = response.Reply.Length;
            if (!response.Reply.TryCopyTo(reply))
                return requester;
            sample = response.Sample;
            if (isLast || service!.ResponseType == ServiceResponseType.Singleton)
                RemoveLocked(token, response);
            else
                response.Touch(_time.GetTimestamp());
            return requester;
        }
    }

    /// <summary>Who waits for a response, and where; null for nobody.</summary>
    public Account? Find(ReadOnlySpan<byte> subject, Span<byte> reply, out int replyLength)
    {
        replyLength = 0;
        if (!TryReadToken(subject, out long token))
            return null;
        lock (_lock)
        {
            if (!_pending.TryGetValue(token, out var response))
                return null;
            replyLength = response.Reply.Length;
            response.Reply.TryCopyTo(reply);
            return response.Requester;
        }
    }

    /// <summary>A request reached nobody, or its requester is gone.</summary>
    public void Remove(ReadOnlySpan<byte> subject)
    {
        if (!TryReadToken(subject, out long token))
            return;
        lock (_lock)
        {
            if (_pending.TryGetValue(token, out var response))
                RemoveLocked(token, response);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            _pending.Clear();
            _timer.Dispose();
        }
    }

    private long NextToken()
    {
        if (_secretsUsed == _secrets.Length)
        {
            SystemRandom.Fill(_secrets);
            _secretsUsed = 0;
        }

        ulong secret = BinaryPrimitives.ReadUInt64LittleEndian(_secrets.AsSpan(_secretsUsed));
        _secretsUsed += sizeof(ulong);
        return (long)(secret % TokenCount);
    }

    private void RemoveLocked(long token, PendingResponse response)
    {
        _pending.Remove(token);
        response.End();
        if (_free.Count < FreeMax)
            _free.Push(response);
    }

    private void Expire()
    {
        List<(LatencySample Sample, Account Requester, byte[] Reply)>? late = null;
        Expire(ref late);
        foreach (var (sample, requester, reply) in late ?? [])
        {
            if (requester.Router.HasAnyInterest(reply))
                sample.Failed(504, "Service Timeout", batch: null);
            else
                sample.Failed(408, "Request Timeout", batch: null);
        }
    }

    private void Expire(ref List<(LatencySample Sample, Account Requester, byte[] Reply)>? late)
    {
        lock (_lock)
        {
            if (_isDisposed)
                return;
            var next = TimeSpan.MaxValue;
            foreach (var (token, response) in _pending)
            {
                var left = response.Service!.ResponseThreshold - _time.GetElapsedTime(response.Timestamp);
                if (left <= TimeSpan.Zero)
                {
                    if (response.Sample is { } sample)
                        (late ??= []).Add((sample, response.Requester!, response.Reply.ToArray()));
                    RemoveLocked(token, response);
                }
                else if (left < next)
                    next = left;
            }

            _isTimed = false;
            if (_pending.Count > 0)
                LookAfter(next, _time.GetTimestamp());
        }
    }

    /// <summary>
    /// Has those looked at that wait, after some time and not at once again, unless that is to happen earlier anyway. Under the lock.
    /// </summary>
    private void LookAfter(TimeSpan wait, long now)
    {
        var pause = _pending.Count * PauseForEach;
        if (wait < pause)
            wait = pause;
        if (wait > LongestWait)
            wait = LongestWait;
        long dueAt = now + (long)(wait.TotalSeconds * _time.TimestampFrequency);
        if (_isTimed && _dueAt <= dueAt)
            return;
        _isTimed = true;
        _dueAt = dueAt;
        _timer.Change(wait, Timeout.InfiniteTimeSpan);
    }

    private bool TryReadToken(ReadOnlySpan<byte> subject, out long token)
    {
        token = 0;
        if (subject.Length != SubjectBytes || !subject.StartsWith(_prefix))
            return false;
        foreach (byte digit in subject[PrefixBytes..])
        {
            int value = digit switch
            {
                >= (byte)'0' and <= (byte)'9' => digit - '0',
                >= (byte)'A' and <= (byte)'Z' => digit - 'A' + 10,
                >= (byte)'a' and <= (byte)'z' => digit - 'a' + 36,
                _ => -1,
            };
            if (value < 0)
                return false;
            token = token * 62 + value;
        }

        return true;
    }

    private static void WriteToken(long token, Span<byte> into)
    {
        var digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8;
        for (int i = TokenBytes - 1; i >= 0; i--)
        {
            into[i] = digits[(int)(token % 62)];
            token /= 62;
        }
    }
}
