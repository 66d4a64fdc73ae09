using Rivulet.TestKit.Processes;

[assembly: AssemblyFixture(typeof(Rivulet.Interop.Tests.NodePackages))]

namespace Rivulet.Interop.Tests;

/// <summary>
/// The official JavaScript clients, as the npm registry has them, against the server program. Without Node.js the tests are
/// skipped, and say so; on a build machine (<c>CI</c> is set) that is a failure.
/// </summary>
public class JavaScriptClientTests
{
    [Fact]
    public Task The_key_value_introduction_runs_with_nats_io_kv() => RunAsync("kv-introduction.mjs");

    [Fact]
    public Task The_key_value_introduction_runs_with_the_older_nats_package() => RunAsync("legacy-kv-introduction.mjs");

    [Fact]
    public Task The_calls_of_nats_io_kv_work() => RunAsync("kv.mjs");

    [Fact]
    public Task The_stream_calls_of_nats_io_jetstream_work() => RunAsync("streams.mjs");

    [Fact]
    public Task The_consumer_calls_of_nats_io_jetstream_work() => RunAsync("consumers.mjs");

    [Fact]
    public Task The_core_calls_of_nats_io_transport_node_work() => RunAsync("core.mjs");

    [Fact]
    public Task The_calls_of_the_older_nats_package_work() => RunAsync("legacy.mjs");

    [Fact]
    public Task Clients_and_buckets_survive_a_killed_server() => RunAsync("reconnect.mjs");

    [Fact]
    public Task The_clients_show_who_they_are() => RunAsync("authentication.mjs", new ServerProcessOptions
    {
        Configuration = """
            authorization {
              users: [
                { user: ann, password: "$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i" }
                { nkey: UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4 }
              ]
            }
            """,
    });

    private static async Task RunAsync(string script, ServerProcessOptions? options = null)
    {
        if (NodePackages.WhyLeftOut is { } reason)
        {
            Assert.True(string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CI")), reason);
            Assert.Skip(reason);
        }

        await NodeScript.RunAsync(script, options);
    }
}
