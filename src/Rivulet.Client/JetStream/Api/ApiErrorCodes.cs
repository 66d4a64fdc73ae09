namespace Rivulet.Client.JetStream;

/// <summary>The errors of the API that this client acts on.</summary>
internal static class ApiErrorCodes
{
    public const int ConsumerNotFound = 10014;
    public const int MessageNotFound = 10037;
    public const int StreamNameInUse = 10058;
    public const int StreamNotFound = 10059;
    public const int WrongLastSequence = 10071;
    public const int WrongLastSequenceUnnumbered = 10164;

    // Of the requests on buckets.
    public const int RevisionCompacted = 20001;
    public const int KeyNotFound = 20002;
    public const int ValueReplaced = 20004;
}
