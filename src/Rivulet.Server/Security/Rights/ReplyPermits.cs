using System.Diagnostics.CodeAnalysis;
using Rivulet.Server.Routing;

namespace Rivulet.Server.Security.Rights;

/// <summary>
/// The reply subjects that a connection may publish to because it received messages with them: how often, and for how long.
/// </summary>
/// <remarks>
/// Thread-safe; the lock is a leaf. Permits that are over are used again for other subjects, so that a service that answers what
/// it is asked allocates nothing.
/// </remarks>
internal sealed class ReplyPermits
{
    private const int NotesBetweenSweeps = 4096;
    private static readonly TimeSpan TimeBetweenSweeps = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly HashSet<Permit> _permits = new(PermitComparer.Instance);
    private readonly HashSet<Permit>.AlternateLookup<ReadOnlySpan<byte>> _bySubject;
    private readonly Stack<Permit> _free = [];
    private readonly ResponsePermission _rule;
    private readonly TimeProvider _time;
    private int _notes;
    private long _sweptAt;

    /// <summary>No permits.</summary>
    public ReplyPermits(ResponsePermission rule, TimeProvider time)
    {
        _rule = rule;
        _time = time;
        _bySubject = _permits.GetAlternateLookup<ReadOnlySpan<byte>>();
        _sweptAt = time.GetTimestamp();
    }

    /// <summary>Permits that there are, those that are over and have not been swept away included.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _permits.Count;
        }
    }

    /// <summary>A message with a reply subject was received: the permit for it begins anew.</summary>
    public void Note(ReadOnlySpan<byte> reply)
    {
        long now = _time.GetTimestamp();
        lock (_lock)
        {
            if (!_bySubject.TryGetValue(reply, out var permit))
            {
                if (!_free.TryPop(out permit))
                    permit = new Permit();
                permit.SetSubject(reply);
                _permits.Add(permit);
            }

            permit.NotedAt = now;
            permit.Uses = 0;
            if (++_notes > NotesBetweenSweeps || _time.GetElapsedTime(_sweptAt, now) > TimeBetweenSweeps)
                Sweep(now);
        }
    }

    /// <summary>Uses the permit for a subject once; false if there is none, or none any more.</summary>
    public bool TryUse(ReadOnlySpan<byte> subject)
    {
        lock (_lock)
        {
            if (!_bySubject.TryGetValue(subject, out var permit))
                return false;
            permit.Uses++;
            bool isGood = !IsExpired(permit, _time.GetTimestamp()) && (_rule.Max <= 0 || permit.Uses <= _rule.Max);
            if (!isGood || permit.Uses == _rule.Max)
                Remove(permit);
            return isGood;
        }
    }

    private bool IsExpired(Permit permit, long now)
    {
        return _rule.Expires > TimeSpan.Zero && _time.GetElapsedTime(permit.NotedAt, now) > _rule.Expires;
    }

    private void Sweep(long now)
    {
        _notes = 0;
        _sweptAt = now;
        foreach (var permit in _permits)
        {
            if (IsExpired(permit, now))
                Remove(permit);
        }
    }

    private void Remove(Permit permit)
    {
        _permits.Remove(permit);
        if (_free.Count < NotesBetweenSweeps)
            _free.Push(permit);
    }

    private sealed class Permit
    {
        private byte[] _subject = [];
        private int _length;

        public ReadOnlySpan<byte> Subject => _subject.AsSpan(0, _length);

        public long NotedAt { get; set; }

        public int Uses { get; set; }

        public void SetSubject(ReadOnlySpan<byte> subject)
        {
            if (_subject.Length < subject.Length)
                _subject = new byte[Math.Max(64, subject.Length)];
            subject.CopyTo(_subject);
            _length = subject.Length;
        }
    }

    private sealed class PermitComparer : IEqualityComparer<Permit>, IAlternateEqualityComparer<ReadOnlySpan<byte>, Permit>
    {
        public static PermitComparer Instance { get; } = new();

        public bool Equals(Permit? x, Permit? y)
        {
            return x is not null && y is not null && x.Subject.SequenceEqual(y.Subject);
        }

        public int GetHashCode([DisallowNull] Permit obj)
        {
            return GetHashCode(obj.Subject);
        }

        public bool Equals(ReadOnlySpan<byte> alternate, Permit other)
        {
            return alternate.SequenceEqual(other.Subject);
        }

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            return (int)RouteCache.HashOf(alternate);
        }

        public Permit Create(ReadOnlySpan<byte> alternate)
        {
            var permit = new Permit();
            permit.SetSubject(alternate);
            return permit;
        }
    }
}
