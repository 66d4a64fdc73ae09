// The Key-Value introduction with the older `nats` package.
import { connect } from "nats";
import { check, runChecks, url } from "./checks.mjs";
import { introduction } from "./introduction.mjs";

const nc = await connect({ servers: url });
const js = nc.jetstream();
let kv;

check("a bucket is created", async () => {
  kv = await js.views.kv("profiles");
});
introduction(
  () => kv,
  async (stream) => (await (await js.consumers.get(stream)).consume())[Symbol.asyncIterator](),
);
await runChecks(() => nc.close());
