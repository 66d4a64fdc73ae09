// The Key-Value introduction with @nats-io/kv and @nats-io/transport-node.
import { connect } from "@nats-io/transport-node";
import { jetstream } from "@nats-io/jetstream";
import { Kvm } from "@nats-io/kv";
import { check, runChecks, url } from "./checks.mjs";
import { introduction } from "./introduction.mjs";

const nc = await connect({ servers: url });
const js = jetstream(nc);
let kv;

check("a bucket is created", async () => {
  kv = await new Kvm(nc).create("profiles");
});
introduction(
  () => kv,
  // An ordered consumer of the stream under the bucket.
  async (stream) => (await (await js.consumers.get(stream)).consume())[Symbol.asyncIterator](),
);
await runChecks(() => nc.close());
