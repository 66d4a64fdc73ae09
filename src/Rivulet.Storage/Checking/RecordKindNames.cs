using Rivulet.Storage.Records;

namespace Rivulet.Storage.Checking;

/// <summary>What kinds of records are called towards people.</summary>
internal static class RecordKindNames
{
    extension(RecordKind kind)
    {
        public string Name => kind switch
        {
            RecordKind.StreamCreated => "stream created",
            RecordKind.StreamConfigured => "stream configured",
            RecordKind.StreamDeleted => "stream deleted",
            RecordKind.Message => "message",
            RecordKind.Remove => "remove",
            RecordKind.Purge => "purge",
            RecordKind.SkipTo => "skip",
            RecordKind.AttachmentSet => "attachment set",
            RecordKind.AttachmentDelta => "attachment changed",
            RecordKind.AttachmentRemoved => "attachment removed",
            RecordKind.CleanShutdown => "clean shutdown",
            RecordKind.SequenceReservation => "reservation",
            _ => $"kind {(byte)kind}",
        };
    }
}
