// The stream calls of @nats-io/jetstream: manager, publish, message gets, direct gets.
import assert from "node:assert/strict";
import { connect, headers, nanos } from "@nats-io/transport-node";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { all, check, eventually, runChecks, sleep, url } from "./checks.mjs";

const nc = await connect({ servers: url });
const js = jetstream(nc);
const jsm = await jetstreamManager(nc);

check("account info counts streams, consumers and requests", async () => {
  const before = await jsm.getAccountInfo();
  assert.equal(before.streams, 0);
  assert.equal(before.limits.max_streams, -1);
  await jsm.streams.add({ name: "counted", subjects: ["counted"] });
  await js.publish("counted", "x");
  const after = await jsm.getAccountInfo();
  assert.equal(after.streams, 1);
  assert.ok(after.storage > 0);
  assert.ok(after.api.total > before.api.total);
  await jsm.streams.delete("counted");
});

check("add makes a stream with the reference's defaults", async () => {
  const { config, state, created } = await jsm.streams.add({ name: "orders", subjects: ["orders.>"] });
  assert.equal(config.retention, "limits");
  assert.equal(config.storage, "file");
  assert.equal(config.discard, "old");
  assert.equal(config.max_msgs, -1);
  assert.equal(config.max_bytes, -1);
  assert.equal(config.max_msgs_per_subject, -1);
  assert.equal(config.max_age, 0);
  assert.equal(config.num_replicas, 1);
  assert.equal(config.duplicate_window, nanos(120_000));
  assert.equal(config.compression, "none");
  assert.equal(state.messages, 0);
  assert.ok(!Number.isNaN(Date.parse(created)));
});

check("add again with the same settings succeeds, with others fails with 10058", async () => {
  const { config } = await jsm.streams.info("orders");
  await jsm.streams.add(config);
  await assert.rejects(jsm.streams.add({ ...config, max_msgs: 5 }), apiError(10058));
});

check("subjects that overlap another stream's are refused with 10065", async () => {
  await assert.rejects(jsm.streams.add({ name: "other", subjects: ["orders.eu"] }), apiError(10065));
});

check("update changes what may be changed, and nothing else", async () => {
  const { config } = await jsm.streams.update("orders", { description: "all orders", allow_direct: true, max_msgs: 1_000 });
  assert.equal(config.description, "all orders");
  assert.equal(config.max_msgs, 1_000);
  await assert.rejects(jsm.streams.update("orders", { storage: "memory" }), apiError(10052));
});

check("info of a stream that is not there fails with 10059", async () => {
  await assert.rejects(jsm.streams.info("nothing"), apiError(10059));
  await assert.rejects(jsm.streams.delete("nothing"), apiError(10059));
});

check("publish returns stream and sequence", async () => {
  for (let i = 1; i <= 5; i++) {
    const ack = await js.publish(`orders.${i % 2 ? "eu" : "us"}.${i}`, `order ${i}`);
    assert.deepEqual([ack.stream, ack.seq, ack.duplicate], ["orders", i, false]);
  }
});

check("publish to no stream fails", async () => {
  await assert.rejects(js.publish("nobody.listens", "x"), /jetstream is not enabled|no stream/i);
});

check("publish with a message id is stored once", async () => {
  const first = await js.publish("orders.eu.id", "x", { msgID: "id-1" });
  const second = await js.publish("orders.eu.id", "x", { msgID: "id-1" });
  assert.equal(first.duplicate, false);
  assert.equal(second.duplicate, true);
  assert.equal(second.seq, first.seq);
});

check("publish with expectations succeeds only if they hold", async () => {
  const { state } = await jsm.streams.info("orders");
  const last = state.last_seq;
  const ok = await js.publish("orders.eu.expect", "1", {
    msgID: "id-2",
    expect: { streamName: "orders", lastSequence: last, lastMsgID: "id-1" },
  });
  assert.equal(ok.seq, last + 1);
  const expecting = (expect) => js.publish("orders.eu.expect", "2", { expect });
  await assert.rejects(expecting({ streamName: "other" }), apiError(10060));
  await assert.rejects(expecting({ lastSequence: last }), apiError(10071));
  await assert.rejects(expecting({ lastMsgID: "id-1" }), apiError(10070));
  await assert.rejects(expecting({ lastSubjectSequence: 1 }), apiError(10071));
  const next = await expecting({ lastSubjectSequence: ok.seq });
  const other = await js.publish("orders.eu.expect2", "3", {
    expect: { lastSubjectSequence: next.seq, lastSubjectSequenceSubject: "orders.eu.expect" },
  });
  assert.equal(other.seq, next.seq + 1);
});

check("many publishes in flight are all stored, each once", async () => {
  await jsm.streams.add({ name: "many", subjects: ["many.*"] });
  const acks = await Promise.all(Array.from({ length: 1_000 }, (_, i) => js.publish(`many.${i % 10}`, `${i}`)));
  assert.equal(new Set(acks.map((a) => a.seq)).size, 1_000);
  const { state } = await jsm.streams.info("many");
  assert.equal(state.messages, 1_000);
  assert.equal(state.last_seq, 1_000);
});

check("info tells the state, subjects by filter, and deleted sequences", async () => {
  await jsm.streams.deleteMessage("many", 500);
  const info = await jsm.streams.info("many", { subjects_filter: ">", deleted_details: true });
  assert.equal(info.state.num_subjects, 10);
  assert.equal(info.state.subjects["many.3"], 100);
  assert.deepEqual(info.state.deleted, [500]);
  assert.equal(info.state.num_deleted, 1);
  assert.equal(info.state.first_seq, 1);
  assert.equal(info.state.messages, 999);
  const one = await jsm.streams.info("many", { subjects_filter: "many.3" });
  assert.deepEqual(one.state.subjects, { "many.3": 100 });
});

check("getMessage by sequence and by subject, with headers", async () => {
  const h = headers();
  h.append("Color", "blue");
  h.append("Color", "green");
  const { seq } = await js.publish("orders.eu.headers", "with headers", { headers: h });
  const bySequence = await jsm.streams.getMessage("orders", { seq });
  assert.equal(bySequence.subject, "orders.eu.headers");
  assert.equal(bySequence.string(), "with headers");
  assert.deepEqual(bySequence.header.values("Color"), ["blue", "green"]);
  assert.ok(Math.abs(Date.now() - bySequence.time.getTime()) < 60_000);
  const bySubject = await jsm.streams.getMessage("orders", { last_by_subj: "orders.*.headers" });
  assert.equal(bySubject.seq, seq);
});

check("getMessage of what is not there is null", async () => {
  assert.equal(await jsm.streams.getMessage("orders", { seq: 10_000 }), null);
  assert.equal(await jsm.streams.getMessage("orders", { last_by_subj: "orders.nothing" }), null);
});

check("deleteMessage removes a message, and fails for one that is not there", async () => {
  assert.equal(await jsm.streams.deleteMessage("orders", 2), true);
  assert.equal(await jsm.streams.getMessage("orders", { seq: 2 }), null);
  await assert.rejects(jsm.streams.deleteMessage("orders", 2), apiError(10043));
});

check("direct get by sequence, by subject, next by subject, by time", async () => {
  const first = await jsm.direct.getMessage("orders", { seq: 1 });
  assert.equal(first.string(), "order 1");
  assert.equal(first.subject, "orders.eu.1");
  assert.equal((await jsm.direct.getMessage("orders", { last_by_subj: "orders.us.4" })).seq, 4);
  assert.equal((await jsm.direct.getMessage("orders", { seq: 2, next_by_subj: "orders.eu.>" })).seq, 3);
  assert.equal((await jsm.direct.getMessage("orders", { start_time: first.time })).seq, 1);
  assert.equal(await jsm.direct.getMessage("orders", { seq: 10_000 }), null);
});

check("direct get of a batch", async () => {
  const batch = await all(await jsm.direct.getBatch("orders", { seq: 1, batch: 3 }));
  assert.deepEqual(batch.map((m) => m.seq), [1, 3, 4]);
  assert.equal(batch[0].string(), "order 1");
  const filtered = await all(await jsm.direct.getBatch("orders", { seq: 1, batch: 10, next_by_subj: "orders.us.*" }));
  assert.deepEqual(filtered.map((m) => m.subject), ["orders.us.4"]);
});

check("direct get of the last of several subjects", async () => {
  await js.publish("orders.eu.1", "order 1 again");
  const last = await all(await jsm.direct.getLastMessagesFor("orders", { multi_last: ["orders.eu.1", "orders.us.*", "orders.no"] }));
  assert.deepEqual(last.map((m) => m.string()), ["order 4", "order 1 again"]);
  const upTo = await all(await jsm.direct.getLastMessagesFor("orders", { multi_last: ["orders.eu.1"], up_to_seq: 4 }));
  assert.deepEqual(upTo.map((m) => m.string()), ["order 1"]);
});

check("names and list give every stream, or those of a subject", async () => {
  assert.deepEqual((await all(jsm.streams.names())).sort(), ["many", "orders"]);
  assert.deepEqual((await all(jsm.streams.list())).map((s) => s.config.name).sort(), ["many", "orders"]);
  assert.deepEqual(await all(jsm.streams.names("orders.eu")), ["orders"]);
  assert.deepEqual((await all(jsm.streams.list("many.*"))).map((s) => s.state.messages), [999]);
});

check("names pages through more streams than fit in a page", async () => {
  const wanted = Array.from({ length: 300 }, (_, i) => `page-${i}`).sort();
  await Promise.all(wanted.map((name) => jsm.streams.add({ name, subjects: [name], storage: "memory" })));
  assert.deepEqual((await all(jsm.streams.names("page-*"))).sort(), []);
  const names = (await all(jsm.streams.names())).filter((n) => n.startsWith("page-"));
  assert.deepEqual(names.sort(), wanted);
  await Promise.all(wanted.map((name) => jsm.streams.delete(name)));
});

check("find tells which stream a subject belongs to", async () => {
  assert.equal(await jsm.streams.find("orders.eu.1"), "orders");
  await assert.rejects(jsm.streams.find("nobody.listens"), /no stream matches subject/);
});

check("purge by filter, up to a sequence, keeping some, and of all", async () => {
  assert.equal((await jsm.streams.purge("many", { filter: "many.1" })).purged, 100);
  assert.equal((await jsm.streams.purge("many", { filter: "many.2", keep: 1 })).purged, 99);
  const before = (await jsm.streams.info("many")).state.messages;
  const { purged } = await jsm.streams.purge("many", { seq: 11 });
  const { state } = await jsm.streams.info("many");
  assert.equal(state.messages, before - purged);
  assert.equal(state.first_seq, 11);
  assert.equal((await jsm.streams.purge("many")).purged, before - purged);
  const after = (await jsm.streams.info("many")).state;
  assert.equal(after.messages, 0);
  assert.equal(after.first_seq, 1_001);
  assert.equal((await js.publish("many.1", "x")).seq, 1_001);
});

check("limits drop the oldest: by count and by count of a subject", async () => {
  await jsm.streams.add({ name: "limited", subjects: ["limited.*"], max_msgs: 5, max_msgs_per_subject: 2 });
  for (const subject of ["a", "a", "a", "b", "b", "c", "d"]) {
    await js.publish(`limited.${subject}`, "x");
  }
  const { state } = await jsm.streams.info("limited", { subjects_filter: ">" });
  assert.deepEqual(state.subjects, { "limited.a": 1, "limited.b": 2, "limited.c": 1, "limited.d": 1 });
});

check("with discard new a full stream refuses", async () => {
  await jsm.streams.add({
    name: "full", subjects: ["full.*"], max_msgs: 10, max_msgs_per_subject: 1, discard: "new", discard_new_per_subject: true,
  });
  await js.publish("full.a", "1");
  await assert.rejects(js.publish("full.a", "2"), /maximum messages per subject exceeded/);
  for (let i = 1; i < 10; i++) {
    await js.publish(`full.${i}`, "x");
  }
  await assert.rejects(js.publish("full.z", "x"), /maximum messages exceeded/);
});

check("a message past the stream's largest is refused", async () => {
  await jsm.streams.add({ name: "sized", subjects: ["sized"], max_msg_size: 10 });
  await assert.rejects(js.publish("sized", "more than ten bytes"), apiError(10054));
});

check("a rollup replaces what a subject held", async () => {
  await jsm.streams.add({ name: "rolled", subjects: ["rolled.*"], allow_rollup_hdrs: true });
  await js.publish("rolled.a", "1");
  await js.publish("rolled.a", "2");
  await js.publish("rolled.b", "1");
  const h = headers();
  h.set("Nats-Rollup", "sub");
  await js.publish("rolled.a", "3", { headers: h });
  const { state } = await jsm.streams.info("rolled", { subjects_filter: ">" });
  assert.deepEqual(state.subjects, { "rolled.a": 1, "rolled.b": 1 });
});

check("messages expire by the stream's age", async () => {
  await jsm.streams.add({ name: "aged", subjects: ["aged"], max_age: nanos(300), duplicate_window: nanos(200) });
  await js.publish("aged", "x");
  await eventually(async () => (await jsm.streams.info("aged")).state.messages === 0, "the message's end");
});

check("a message id may come again after the window", async () => {
  const first = await js.publish("aged", "x", { msgID: "again" });
  await sleep(600);
  const second = await js.publish("aged", "x", { msgID: "again" });
  assert.equal(second.duplicate, false);
  assert.equal(second.seq, first.seq + 1);
});

check("a stream handle finds its stream's messages", async () => {
  const stream = await jsm.streams.get("orders");
  assert.equal(stream.name, "orders");
  assert.equal((await stream.getMessage({ seq: 1 })).string(), "order 1");
  assert.equal((await stream.info()).config.description, "all orders");
});

check("names that break the rules are refused", async () => {
  await assert.rejects(jsm.streams.add({ name: "a.b", subjects: ["x"] }), /invalid stream name|cannot contain/);
  const reply = await nc.request("$JS.API.STREAM.CREATE.bad", JSON.stringify({ name: "bad name", subjects: ["bad"] }));
  assert.equal(reply.json().error.code, 400);
});

check("JSON that is none, or has unknown fields, is refused, and the connection lives on", async () => {
  const none = (await nc.request("$JS.API.STREAM.CREATE.bad", "{")).json();
  assert.equal(none.error.err_code, 10025);
  const unknown = (await nc.request("$JS.API.STREAM.CREATE.bad", JSON.stringify({ name: "bad", bogus: 1 }))).json();
  assert.equal(unknown.error.err_code, 10025);
  await nc.flush();
});

check("delete removes a stream", async () => {
  assert.equal(await jsm.streams.delete("many"), true);
  await assert.rejects(jsm.streams.info("many"), apiError(10059));
  await assert.rejects(js.publish("many.1", "x"), /jetstream is not enabled|no stream/i);
});

await runChecks(() => nc.close());

function apiError(code) {
  return (err) => {
    assert.equal(err.code, code, String(err));
    return true;
  };
}
