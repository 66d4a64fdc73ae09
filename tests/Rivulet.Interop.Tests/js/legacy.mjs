// The calls of the older `nats` package: core, streams, consumers, Key-Value views.
import assert from "node:assert/strict";
import { AckPolicy, connect, consumerOpts, createInbox, headers, StringCodec } from "nats";
import { all, check, eventually, runChecks, take, url } from "./checks.mjs";

const nc = await connect({ servers: url });
const js = nc.jetstream();
const jsm = await nc.jetstreamManager();
const text = StringCodec();
let kv;

check("publish, subscribe, request and reply", async () => {
  nc.subscribe("echo", { callback: (_, m) => m.respond(m.data) });
  assert.equal(text.decode((await nc.request("echo", text.encode("hello"))).data), "hello");
  await assert.rejects(nc.request("nobody"), (err) => err.code === "503");
  const sub = nc.subscribe("h.>", { max: 1 });
  const h = headers();
  h.set("K", "V");
  nc.publish("h.x", text.encode("body"), { headers: h });
  const [message] = await all(sub);
  assert.equal(message.headers.get("K"), "V");
});

check("streams: add, info, list, find, publish, get, delete message, purge, delete", async () => {
  await jsm.streams.add({ name: "s", subjects: ["s.*"], allow_direct: true });
  const ack = await js.publish("s.a", text.encode("1"), { msgID: "one" });
  assert.deepEqual([ack.stream, ack.seq, ack.duplicate], ["s", 1, false]);
  assert.equal((await js.publish("s.a", text.encode("1"), { msgID: "one" })).duplicate, true);
  await assert.rejects(js.publish("s.a", text.encode("2"), { expect: { lastSequence: 7 } }), /wrong last sequence: 1/);
  await js.publish("s.b", text.encode("2"));
  assert.equal((await jsm.streams.info("s")).state.messages, 2);
  assert.equal((await jsm.streams.list().next()).length, 1);
  assert.equal(await jsm.streams.find("s.a"), "s");
  assert.equal(text.decode((await jsm.streams.getMessage("s", { seq: 1 })).data), "1");
  assert.equal(text.decode((await jsm.direct.getMessage("s", { last_by_subj: "s.b" })).data), "2");
  assert.equal(await jsm.streams.deleteMessage("s", 1), true);
  assert.equal((await jsm.streams.purge("s")).purged, 1);
  assert.equal(await jsm.streams.delete("s"), true);
});

check("consumers: pull one, fetch, consume, ordered", async () => {
  await jsm.streams.add({ name: "c", subjects: ["c.*"] });
  for (let i = 1; i <= 10; i++) {
    await js.publish(`c.${i}`, text.encode(`${i}`));
  }
  await jsm.consumers.add("c", { durable_name: "d", ack_policy: AckPolicy.Explicit });
  const consumer = await js.consumers.get("c", "d");
  const first = await consumer.next({ expires: 5_000 });
  assert.equal(first.seq, 1);
  assert.equal(await first.ackAck(), true);
  const fetched = await all(await consumer.fetch({ max_messages: 3, expires: 5_000 }));
  assert.deepEqual(fetched.map((m) => m.seq), [2, 3, 4]);
  fetched.forEach((m) => m.ack());
  assert.deepEqual((await take(await consumer.consume(), 6)).map((m) => m.seq), [5, 6, 7, 8, 9, 10]);
  assert.deepEqual((await take(await (await js.consumers.get("c")).consume(), 10)).map((m) => m.seq).at(-1), 10);
});

check("push subscriptions: ordered, and with acks", async () => {
  const ordered = await js.subscribe("c.*", consumerOpts().orderedConsumer());
  assert.deepEqual((await take(ordered, 10)).map((m) => m.seq).at(-1), 10);
  const options = consumerOpts();
  options.deliverTo(createInbox());
  options.durable("pushed");
  options.ackExplicit();
  options.manualAck();
  const sub = await js.subscribe("c.*", options);
  const messages = await take(sub, 10);
  messages.forEach((m) => m.ack());
  await eventually(async () => (await jsm.consumers.info("c", "pushed")).ack_floor.stream_seq === 10, "the ack floor");
});

check("a bucket is made, found and listed", async () => {
  kv = await js.views.kv("legacy", { history: 4, description: "older client" });
  assert.equal((await js.views.kv("legacy", { bindOnly: true })).bucket, "legacy");
  await js.views.kv("second");
  const status = await kv.status();
  assert.equal(status.bucket, "legacy");
  assert.equal(status.history, 4);
});

check("put, get, create, update, delete, purge", async () => {
  assert.equal(await kv.put("a", text.encode("1")), 1);
  assert.equal((await kv.get("a")).string(), "1");
  assert.equal(await kv.get("nothing"), null);
  assert.equal(await kv.create("b", "1"), 2);
  await assert.rejects(kv.create("b", "2"), /wrong last sequence: 2/);
  assert.equal(await kv.update("b", "2", 2), 3);
  await assert.rejects(kv.update("b", "3", 2), /wrong last sequence: 3/);
  assert.equal((await kv.get("b", { revision: 2 })).string(), "1");
  await kv.delete("a");
  assert.equal((await kv.get("a")).operation, "DEL");
  await kv.purge("a");
  assert.equal((await kv.get("a")).operation, "PURGE");
  assert.equal(await kv.create("a", "again"), 6);
});

check("history, keys and watch", async () => {
  assert.deepEqual((await all(await kv.history({ key: "b" }))).map((e) => e.string()), ["1", "2"]);
  assert.deepEqual((await all(await kv.keys())).sort(), ["a", "b"]);
  let initialized = false;
  const watch = await kv.watch({ initializedFn: () => { initialized = true; } });
  const seen = [];
  (async () => {
    for await (const entry of watch) {
      seen.push(`${entry.key}=${entry.string()}`);
    }
  })();
  await eventually(() => initialized, "the end of the initial values");
  await kv.put("c", "3");
  await eventually(() => seen.length === 3, "the update");
  assert.deepEqual(seen, ["b=2", "a=again", "c=3"]);
  watch.stop();
});

check("destroy deletes the bucket", async () => {
  assert.equal(await kv.destroy(), true);
  await assert.rejects(jsm.streams.info("KV_legacy"), /stream not found/);
});

await runChecks(() => nc.close());
