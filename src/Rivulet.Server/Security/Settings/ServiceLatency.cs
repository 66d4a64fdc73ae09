namespace Rivulet.Server.Security;

/// <summary>Whether it is measured how long a service takes, and who is told.</summary>
/// <param name="Subject">Where measurements go, in the account that exports the service; not a subject of one of its services.</param>
/// <param name="Sampling">
/// How many of a hundred requests are measured, 1 to 100; 0 for those alone whose headers say that another system traces them. Those are
/// measured in any case.
/// </param>
public sealed record ServiceLatency(string Subject, int Sampling = 100)
{
    /// <summary>What is wrong with it for a service; null if nothing is.</summary>
    internal string? ComplaintFor(ServiceExport service, IEnumerable<ServiceExport> services)
    {
        byte[] subject = System.Text.Encoding.UTF8.GetBytes(Subject);
        if (Sampling is < 0 or > 100)
            return "bad sampling percentage, should be 1-100";

        // Measurements of measurements would have no end.
        bool isService = services.Any(one => Protocol.Subject.Matches(subject, System.Text.Encoding.UTF8.GetBytes(one.Subject)));
        if (!Protocol.Subject.IsValidLiteral(subject) || isService)
            return "invalid publish subject";
        return service.ResponseType == ServiceResponseType.Singleton ? null : "bad service response type";
    }
}
