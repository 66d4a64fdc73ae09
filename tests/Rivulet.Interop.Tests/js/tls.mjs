// TLS with @nats-io/transport-node: our certificate is demanded, the server's is verified.
import assert from "node:assert/strict";
import { connect } from "@nats-io/transport-node";
import { check, runChecks, take, url } from "./checks.mjs";

const tls = { caFile: process.env.NATS_CA, certFile: process.env.NATS_CERT, keyFile: process.env.NATS_KEY };
const server = url.replace("127.0.0.1", "localhost");
const nc = await connect({ servers: server, tls });

check("the server requires TLS and a certificate", async () => {
  assert.equal(nc.info.tls_required, true);
  assert.equal(nc.info.tls_verify, true);
});

check("messages of any size go through", async () => {
  const sub = nc.subscribe("big");
  await nc.flush();
  const sizes = [0, 1, 100, 16_384, 1_000_000];
  for (const size of sizes) {
    nc.publish("big", new Uint8Array(size).fill(7));
  }
  const messages = await take(sub, sizes.length);
  assert.deepEqual(messages.map((message) => message.data.length), sizes);
  assert.ok(messages.every((message) => message.data.every((byte) => byte === 7)));
});

check("many messages go through in order", async () => {
  const sub = nc.subscribe("many");
  await nc.flush();
  for (let i = 0; i < 20_000; i++) {
    nc.publish("many", String(i));
  }
  const messages = await take(sub, 20_000);
  messages.forEach((message, i) => assert.equal(message.string(), String(i)));
});

check("a client without a certificate is refused", async () => {
  await assert.rejects(connect({ servers: server, tls: { caFile: tls.caFile }, reconnect: false }));
});

check("a client that does not know the authority refuses", async () => {
  await assert.rejects(connect({ servers: server, tls: {}, reconnect: false }));
});

await runChecks(() => nc.close());
