using System.Diagnostics.CodeAnalysis;

namespace Rivulet.Client;

/// <summary>What a <c>Try…</c> method answers: a value, or the error that its twin would have thrown.</summary>
/// <remarks>Cancellation and misuse by the caller still throw; they are not answers.</remarks>
public readonly struct NatsResult<T>
{
    private readonly T? _value;

    private NatsResult(T? value, NatsException? error) => (_value, Error) = (value, error);

    /// <summary>True if there is a value.</summary>
    [MemberNotNullWhen(false, nameof(Error))]
    public bool Success => Error is null;

    /// <summary>The error, null on success. It was created, not thrown: its stack trace is empty.</summary>
    public NatsException? Error { get; }

    /// <summary>The value.</summary>
    /// <exception cref="NatsException">There is none: the error is thrown.</exception>
    public T Value => Error is null ? _value! : throw Error;

    /// <summary>The value, if there is one.</summary>
    public bool TryGetValue([MaybeNullWhen(false)] out T value)
    {
        value = _value;
        return Error is null;
    }

    /// <summary>A value.</summary>
    public static implicit operator NatsResult<T>(T value) => new(value, null);

    /// <summary>A failure.</summary>
    public static implicit operator NatsResult<T>(NatsException error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return new NatsResult<T>(default, error);
    }
}
