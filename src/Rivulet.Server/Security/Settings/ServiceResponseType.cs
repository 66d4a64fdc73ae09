namespace Rivulet.Server.Security;

/// <summary>How many messages make the response of a service.</summary>
public enum ServiceResponseType
{
    /// <summary>One message.</summary>
    Singleton,

    /// <summary>Any number of messages.</summary>
    Stream,

    /// <summary>Any number of messages, the last of them empty.</summary>
    Chunked,
}
