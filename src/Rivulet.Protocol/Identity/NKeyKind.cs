using System.Diagnostics.CodeAnalysis;

namespace Rivulet.Protocol;

/// <summary>What a public key is for. The number is its first byte before encoding, and fixes the first character.</summary>
[SuppressMessage("Design", "CA1028", Justification = "It is a byte of a format.")]
[SuppressMessage("Design", "CA1008", Justification = "Zero is a kind of its own, an account.")]
public enum NKeyKind : byte
{
    /// <summary><c>A…</c></summary>
    Account = 0 << 3,

    /// <summary><c>C…</c></summary>
    Cluster = 2 << 3,

    /// <summary><c>N…</c></summary>
    Server = 13 << 3,

    /// <summary><c>O…</c></summary>
    Operator = 14 << 3,

    /// <summary><c>U…</c></summary>
    User = 20 << 3,

    /// <summary><c>X…</c>, an x25519 key for encryption.</summary>
    Curve = 23 << 3,
}
