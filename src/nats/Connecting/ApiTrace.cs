using System.Text;
using Rivulet.Cli.Hosting;
using Rivulet.Client;
using Rivulet.Client.JetStream;

namespace Rivulet.Cli.Connecting;

/// <summary>For <c>--trace</c>: shows each request to an API of the server, and its answer, as status lines.</summary>
internal sealed class ApiTrace(StatusLog log, JetStreamContextOptions jetStream) : INatsRequestTracer
{
    private readonly string _prefix = string.IsNullOrEmpty(jetStream.Domain) ? jetStream.ApiPrefix : $"$JS.{jetStream.Domain}.API";

    public void RequestSent(string subject, ReadOnlySpan<byte> payload)
    {
        if (IsApi(subject))
        {
            log.Line($">>> {subject}: {Encoding.UTF8.GetString(payload)}");
        }
    }

    public void AnswerReceived(string subject, NatsMessage answer)
    {
        if (IsApi(subject))
        {
            log.Line($"<<< {Encoding.UTF8.GetString(answer.Payload.Span)}");
        }
    }

    private bool IsApi(string subject) =>
        subject.StartsWith(_prefix, StringComparison.Ordinal) || subject.StartsWith("$SYS.", StringComparison.Ordinal);
}
