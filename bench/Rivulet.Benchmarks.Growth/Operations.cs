using Rivulet.Benchmarks.Growth.Wire;

namespace Rivulet.Benchmarks.Growth;

/// <summary>Creates a bucket as the official command line's <c>kv add</c> does.</summary>
internal sealed class CreateBucket : Operation
{
    public override void Write(Output output, int index, ReadOnlySpan<byte> reply)
    {
        output.Write("PUB $JS.API.STREAM.CREATE.KV_"u8);
        KeyValueMessage.WriteBucket(output, index);
        string bucket = $"growth{index:D5}";
        WriteRequest(
            output,
            reply,
            $$$"""{"name":"KV_{{{bucket}}}","subjects":["$KV.{{{bucket}}}.>"],"retention":"limits","max_consumers":-1,"max_msgs":-1,"max_bytes":-1,"discard":"new","max_age":0,"max_msgs_per_subject":1,"max_msg_size":-1,"storage":"file","num_replicas":1,"duplicate_window":120000000000,"deny_delete":true,"allow_rollup_hdrs":true,"compression":"none","allow_direct":true,"mirror_direct":false,"consumer_limits":{}}""");
    }

    public override void Check(int index, in ServerMessage answer) => CheckJson(answer, "\"config\":"u8);
}

/// <summary>Creates a watcher's ordered push consumer as official clients do, for updates only.</summary>
internal sealed class CreateWatcher : Operation
{
    public override void Write(Output output, int index, ReadOnlySpan<byte> reply)
    {
        output.Write("PUB $JS.API.CONSUMER.CREATE.KV_"u8);
        KeyValueMessage.WriteBucket(output, 0);
        output.Write(".w"u8);
        output.WriteDigits(index, 7);
        output.Write(".$KV."u8);
        KeyValueMessage.WriteBucket(output, 0);
        output.Write(".>"u8);
        WriteRequest(
            output,
            reply,
            $$$"""{"stream_name":"KV_growth00000","config":{"deliver_policy":"new","ack_policy":"none","ack_wait":79200000000000,"max_deliver":1,"filter_subject":"$KV.growth00000.>","replay_policy":"instant","flow_control":true,"idle_heartbeat":5000000000,"deliver_subject":"_D.{{{index}}}","num_replicas":1,"mem_storage":true}}""");
    }

    public override void Check(int index, in ServerMessage answer) => CheckJson(answer, "\"config\":"u8);
}

/// <summary>Puts a value; the answer is the acknowledgement of the stream.</summary>
internal sealed class Put : Operation
{
    private readonly KeyValueMessage _message;

    public Put(KeyValueMessage message)
    {
        _message = message;
    }

    public override void Write(Output output, int index, ReadOnlySpan<byte> reply)
    {
        output.Write("PUB "u8);
        _message.WriteSubject(output, index);
        output.Write(" "u8);
        output.Write(reply);
        output.Write(" "u8);
        output.WriteNumber(_message.ValueBytes);
        output.Write("\r\n"u8);
        _message.WriteValue(output, index);
        output.Write("\r\n"u8);
    }

    public override void Check(int index, in ServerMessage answer) => CheckJson(answer, "{\"stream\":\"KV_growth"u8);
}

/// <summary>Gets the last value of a key by a direct get of its subject.</summary>
internal sealed class DirectGet : Operation
{
    private readonly KeyValueMessage _message;

    public DirectGet(KeyValueMessage message)
    {
        _message = message;
    }

    public override void Write(Output output, int index, ReadOnlySpan<byte> reply)
    {
        output.Write("PUB $JS.API.DIRECT.GET.KV_"u8);
        KeyValueMessage.WriteBucket(output, index % _message.BucketCount);
        output.Write("."u8);
        _message.WriteSubject(output, index);
        output.Write(" "u8);
        output.Write(reply);
        output.Write(" 0\r\n\r\n"u8);
    }

    public override void Check(int index, in ServerMessage answer)
    {
        if (!answer.Headers.StartsWith("NATS/1.0\r\n"u8) || !_message.IsValue(index, answer.Payload))
            Refuse(answer);
    }
}
