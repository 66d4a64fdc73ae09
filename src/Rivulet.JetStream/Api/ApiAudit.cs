namespace Rivulet.JetStream.Api;

/// <summary>Which answers of an operation are told to those who audit the API, as the reference server has it.</summary>
public enum ApiAudit
{
    /// <summary>All of them.</summary>
    Always,

    /// <summary>Errors only: the operation reads messages, and is used too often.</summary>
    Errors,

    /// <summary>None.</summary>
    Never,
}
