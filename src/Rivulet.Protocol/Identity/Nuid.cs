namespace Rivulet.Protocol;

/// <summary>Makes identifiers of 22 base-62 characters, unique for all practical purposes.</summary>
/// <remarks>
/// Twelve random characters, kept for a while, and ten of a counter that advances by a random step, as the official
/// clients make them. Safe for any thread.
/// </remarks>
public sealed class Nuid
{
    /// <summary>The number of characters of an identifier.</summary>
    public const int Length = PrefixLength + CounterLength;

    private const int PrefixLength = 12;
    private const int CounterLength = 10;
    private const int Base = 62;
    private const long CounterEnd = 839_299_365_868_340_224; // 62 to the power of 10
    private const int StepMin = 33;
    private const int StepEnd = 333;

    private readonly Lock _lock = new();
    private readonly Random _random;
    private readonly byte[] _prefix = new byte[PrefixLength];
    private long _counter;
    private long _step;

    /// <summary>A generator that draws from the given source, under its own lock.</summary>
    public Nuid(Random random)
    {
        ArgumentNullException.ThrowIfNull(random);
        _random = random;
        Renew();
    }

    private static ReadOnlySpan<byte> Digits => "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8;

    /// <summary>The next identifier as text.</summary>
    public string Next()
    {
        return string.Create(Length, this, static (text, generator) =>
        {
            Span<byte> bytes = stackalloc byte[Length];
            generator.Next(bytes);
            for (int i = 0; i < bytes.Length; i++)
                text[i] = (char)bytes[i];
        });
    }

    /// <summary>Writes the next identifier as <see cref="Length"/> bytes of ASCII.</summary>
    public void Next(Span<byte> destination)
    {
        lock (_lock)
        {
            _counter += _step;
            if (_counter >= CounterEnd)
                Renew();
            _prefix.CopyTo(destination);
            long rest = _counter;
            for (int i = Length - 1; i >= PrefixLength; i--)
            {
                destination[i] = Digits[(int)(rest % Base)];
                rest /= Base;
            }
        }
    }

    private void Renew()
    {
        for (int i = 0; i < _prefix.Length; i++)
            _prefix[i] = Digits[_random.Next(Base)];
        _counter = _random.NextInt64(CounterEnd);
        _step = _random.Next(StepMin, StepEnd);
    }
}
