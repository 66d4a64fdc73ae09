// What clients see when the server is killed and started again on the same port and store.
import assert from "node:assert/strict";
import { connect } from "@nats-io/transport-node";
import { jetstream } from "@nats-io/jetstream";
import { Kvm } from "@nats-io/kv";
import { check, eventually, restartServer, runChecks, url } from "./checks.mjs";

const nc = await connect({ servers: url, reconnectTimeWait: 100, maxReconnectAttempts: -1 });
const statuses = [];
(async () => {
  for await (const status of nc.status()) {
    statuses.push(status.type);
  }
})();
const js = jetstream(nc, { timeout: 10_000 });
const kv = await new Kvm(js).create("kept", { history: 3 });
const heard = [];
nc.subscribe("after.restart", { callback: (_, m) => heard.push(m.string()) });
const seen = [];
let acked;

check("a bucket is filled and watched, and a message of its stream acked", async () => {
  const watch = await kv.watch();
  (async () => {
    for await (const entry of watch) {
      seen.push(`${entry.key}=${entry.string()}`);
    }
  })();
  for (let i = 1; i <= 100; i++) {
    await kv.put(`key.${i}`, `value ${i}`);
  }
  await kv.update("key.1", "changed", 1);
  await kv.delete("key.2");
  await eventually(() => seen.length === 102, "the watch's entries");
  const jsm = await js.jetstreamManager();
  await jsm.consumers.add("KV_kept", { durable_name: "reader", ack_policy: "explicit" });
  acked = await (await js.consumers.get("KV_kept", "reader")).next({ expires: 5_000 });
  assert.equal(await acked.ackAck(), true);
});

check("after a kill and a restart the client connects again", async () => {
  await restartServer();
  await eventually(() => statuses.includes("reconnect"), "the new connection");
  assert.ok(statuses.includes("disconnect"));
});

check("its subscriptions are there again", async () => {
  nc.publish("after.restart", "hello");
  await nc.flush();
  await eventually(() => heard.length === 1, "the message");
});

check("every acknowledged value is there, with its revision", async () => {
  for (let i = 3; i <= 100; i++) {
    const entry = await kv.get(`key.${i}`);
    assert.equal(entry.string(), `value ${i}`);
    assert.equal(entry.revision, i);
  }
  assert.equal((await kv.get("key.1")).string(), "changed");
  assert.equal((await kv.get("key.1")).revision, 101);
  assert.equal((await kv.get("key.1", { revision: 1 })).string(), "value 1");
  assert.equal((await kv.get("key.2")).operation, "DEL");
});

check("revisions go on where they were", async () => {
  await assert.rejects(kv.update("key.1", "x", 1), /wrong last sequence: 101/);
  assert.equal(await kv.put("key.3", "new"), 103);
});

check("the acked message does not come again", async () => {
  const next = await (await js.consumers.get("KV_kept", "reader")).next({ expires: 5_000 });
  assert.ok(next.seq > acked.seq, `${next.seq} after ${acked.seq}`);
});

check("the watch goes on", async () => {
  await eventually(() => seen.includes("key.3=new"), "the entry");
  await kv.put("later", "1");
  await eventually(() => seen.includes("later=1"), "the entry");
});

await runChecks(() => nc.close());
