// The consumer calls of @nats-io/jetstream.
import assert from "node:assert/strict";
import { connect, nanos } from "@nats-io/transport-node";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { all, check, eventually, runChecks, sleep, take, url } from "./checks.mjs";

const nc = await connect({ servers: url });
const js = jetstream(nc);
const jsm = await jetstreamManager(nc);

await jsm.streams.add({ name: "events", subjects: ["events.>"] });
for (let i = 1; i <= 20; i++) {
  await js.publish(`events.${i % 2 ? "odd" : "even"}.${i}`, `event ${i}`);
}

check("add makes a durable consumer with the reference's defaults", async () => {
  const info = await jsm.consumers.add("events", { durable_name: "worker", ack_policy: "explicit" });
  assert.equal(info.stream_name, "events");
  assert.equal(info.name, "worker");
  assert.equal(info.config.deliver_policy, "all");
  assert.equal(info.config.ack_wait, nanos(30_000));
  assert.equal(info.config.max_ack_pending, 1_000);
  assert.equal(info.config.max_deliver, -1);
  assert.equal(info.config.replay_policy, "instant");
  assert.equal(info.num_pending, 20);
  assert.equal(info.num_ack_pending, 0);
});

check("info, list and update of consumers", async () => {
  await jsm.consumers.add("events", { durable_name: "second", ack_policy: "none", filter_subject: "events.odd.>" });
  assert.equal((await jsm.consumers.info("events", "second")).num_pending, 10);
  assert.deepEqual((await all(jsm.consumers.list("events"))).map((c) => c.name).sort(), ["second", "worker"]);
  const updated = await jsm.consumers.update("events", "second", { description: "odd ones" });
  assert.equal(updated.config.description, "odd ones");
  assert.equal((await jsm.streams.info("events")).state.consumer_count, 2);
});

check("info of a consumer that is not there fails with 10014", async () => {
  await assert.rejects(jsm.consumers.info("events", "nothing"), (err) => err.code === 10014);
});

check("next gives one message, acked", async () => {
  const consumer = await js.consumers.get("events", "worker");
  const message = await consumer.next({ expires: 5_000 });
  assert.equal(message.subject, "events.odd.1");
  assert.equal(message.string(), "event 1");
  assert.equal(message.seq, 1);
  assert.equal(message.info.deliveryCount, 1);
  assert.equal(message.info.pending, 19);
  assert.equal(message.info.stream, "events");
  assert.equal(message.info.consumer, "worker");
  assert.equal(await message.ackAck(), true);
  const info = await consumer.info();
  assert.equal(info.ack_floor.stream_seq, 1);
  assert.equal(info.num_ack_pending, 0);
});

check("fetch gives a batch and ends", async () => {
  const consumer = await js.consumers.get("events", "worker");
  const messages = await all(await consumer.fetch({ max_messages: 5, expires: 5_000 }));
  assert.deepEqual(messages.map((m) => m.seq), [2, 3, 4, 5, 6]);
  assert.equal((await consumer.info()).num_ack_pending, 5);
  messages.forEach((m) => m.ack());
  await nc.flush();
  await eventually(async () => (await consumer.info()).ack_floor.stream_seq === 6, "the ack floor");
});

check("fetch ends when there is no more, at its time", async () => {
  const consumer = await js.consumers.get("events", "second");
  const messages = await all(await consumer.fetch({ max_messages: 100, expires: 1_000 }));
  assert.equal(messages.length, 10);
  assert.ok(messages.every((m) => m.subject.startsWith("events.odd.")));
  assert.equal(await consumer.next({ expires: 1_000 }), null);
});

check("a message nacked comes again, a message terminated does not", async () => {
  await jsm.consumers.add("events", { durable_name: "picky", ack_policy: "explicit", filter_subject: "events.odd.7" });
  const consumer = await js.consumers.get("events", "picky");
  (await consumer.next({ expires: 5_000 })).nak();
  const again = await consumer.next({ expires: 5_000 });
  assert.equal(again.seq, 7);
  assert.equal(again.info.deliveryCount, 2);
  assert.equal(again.redelivered, true);
  again.term("enough");
  assert.equal(await consumer.next({ expires: 1_000 }), null);
  assert.equal((await consumer.info()).num_ack_pending, 0);
});

check("a message nacked with a delay comes again after it", async () => {
  await jsm.consumers.add("events", { durable_name: "patient", ack_policy: "explicit", filter_subject: "events.odd.7" });
  const consumer = await js.consumers.get("events", "patient");
  const message = await consumer.next({ expires: 5_000 });
  const start = Date.now();
  message.nak(400);
  const again = await consumer.next({ expires: 5_000 });
  assert.equal(again.seq, message.seq);
  assert.ok(Date.now() - start >= 390);
  await again.ackAck();
});

check("a message not acked in time comes again, until its last delivery", async () => {
  await jsm.consumers.add("events", {
    durable_name: "slow", ack_policy: "explicit", ack_wait: nanos(300), max_deliver: 2, filter_subject: "events.odd.1",
  });
  const consumer = await js.consumers.get("events", "slow");
  const first = await consumer.next({ expires: 5_000 });
  assert.equal(first.info.deliveryCount, 1);
  const second = await consumer.next({ expires: 5_000 });
  assert.equal(second.seq, first.seq);
  assert.equal(second.info.deliveryCount, 2);
  assert.equal(await consumer.next({ expires: 1_000 }), null);
});

check("working resets the time to ack", async () => {
  await jsm.consumers.add("events", {
    durable_name: "busy", ack_policy: "explicit", ack_wait: nanos(400), filter_subject: "events.odd.1",
  });
  const consumer = await js.consumers.get("events", "busy");
  const message = await consumer.next({ expires: 5_000 });
  for (let i = 0; i < 4; i++) {
    await sleep(200);
    message.working();
  }
  await message.ackAck();
  assert.equal((await consumer.info()).num_redelivered, 0);
});

check("no more than max_ack_pending are out at once", async () => {
  await jsm.consumers.add("events", { durable_name: "bounded", ack_policy: "explicit", max_ack_pending: 2 });
  const consumer = await js.consumers.get("events", "bounded");
  const messages = await all(await consumer.fetch({ max_messages: 5, expires: 1_000 }));
  assert.equal(messages.length, 2);
});

check("acking all acks what came before", async () => {
  await jsm.consumers.add("events", { durable_name: "cumulative", ack_policy: "all" });
  const consumer = await js.consumers.get("events", "cumulative");
  const messages = await all(await consumer.fetch({ max_messages: 5, expires: 5_000 }));
  await messages[3].ackAck();
  const info = await consumer.info();
  assert.equal(info.ack_floor.stream_seq, 4);
  assert.equal(info.num_ack_pending, 1);
});

check("consume goes on as messages come", async () => {
  await jsm.consumers.add("events", { durable_name: "endless", ack_policy: "explicit", deliver_policy: "new" });
  const consumer = await js.consumers.get("events", "endless");
  const messages = await consumer.consume({ max_messages: 10 });
  const publishing = (async () => {
    for (let i = 0; i < 50; i++) {
      await js.publish("events.new", `${i}`);
    }
  })();
  const seen = [];
  for await (const message of messages) {
    seen.push(message.string());
    message.ack();
    if (seen.length === 50) {
      break;
    }
  }
  await publishing;
  assert.deepEqual(seen, Array.from({ length: 50 }, (_, i) => `${i}`));
});

check("consumers start where their deliver policy says", async () => {
  const first = async (config) => {
    const { name } = await jsm.consumers.add("events", { ack_policy: "none", ...config });
    return (await js.consumers.get("events", name)).next({ expires: 5_000 });
  };
  assert.equal((await first({ name: "p1", deliver_policy: "last", filter_subject: "events.even.>" })).seq, 20);
  assert.equal((await first({ name: "p2", deliver_policy: "by_start_sequence", opt_start_seq: 5 })).seq, 5);
  const time = (await jsm.streams.getMessage("events", { seq: 10 })).timestamp;
  assert.equal((await first({ name: "p3", deliver_policy: "by_start_time", opt_start_time: time })).seq, 10);
  assert.equal((await first({ name: "p4", deliver_policy: "last_per_subject", filter_subjects: ["events.odd.3", "events.even.4"] })).seq, 3);
});

check("headers only brings sizes", async () => {
  const { name } = await jsm.consumers.add("events", { ack_policy: "none", headers_only: true, name: "sizes" });
  const message = await (await js.consumers.get("events", name)).next({ expires: 5_000 });
  assert.equal(message.data.length, 0);
  assert.equal(message.headers.get("Nats-Msg-Size"), `${"event 1".length}`);
});

check("an ordered consumer gives everything in order", async () => {
  const consumer = await js.consumers.get("events", { filter_subjects: ["events.odd.>", "events.even.>"] });
  const messages = await take(await consumer.consume(), 20);
  assert.deepEqual(messages.map((m) => m.seq), Array.from({ length: 20 }, (_, i) => i + 1));
});

check("an ordered consumer can fetch and next", async () => {
  const consumer = await js.consumers.get("events");
  assert.deepEqual((await all(await consumer.fetch({ max_messages: 3, expires: 5_000 }))).map((m) => m.seq), [1, 2, 3]);
  assert.equal((await consumer.next({ expires: 5_000 })).seq, 4);
});

check("an ordered push consumer gives a large stream whole, with flow control", async () => {
  await jsm.streams.add({ name: "large", subjects: ["large"] });
  const body = new Uint8Array(8 * 1024);
  await Promise.all(Array.from({ length: 2_000 }, () => js.publish("large", body)));
  const consumer = await js.consumers.getPushConsumer("large");
  const messages = await take(await consumer.consume(), 2_000);
  assert.deepEqual(messages.map((m) => m.seq), Array.from({ length: 2_000 }, (_, i) => i + 1));
});

check("a push consumer delivers to its subject, and is bound while someone listens", async () => {
  await jsm.consumers.add("events", {
    durable_name: "pushed", deliver_subject: "deliver.here", ack_policy: "explicit", idle_heartbeat: nanos(500),
    filter_subjects: ["events.odd.>", "events.even.>"],
  });
  assert.ok(!(await jsm.consumers.info("events", "pushed")).push_bound);
  const consumer = await js.consumers.getPushConsumer("events", "pushed");
  const received = [];
  const messages = await consumer.consume({ callback: (m) => void received.push(m.seq) });
  await eventually(async () => (await jsm.consumers.info("events", "pushed")).push_bound, "bound");
  await eventually(() => received.length === 20, "all messages");
  await messages.close();
  assert.deepEqual(received, Array.from({ length: 20 }, (_, i) => i + 1));
});

check("heartbeats reach an idle pull", async () => {
  await jsm.consumers.add("events", { durable_name: "idle", ack_policy: "none", deliver_policy: "new" });
  const messages = await (await js.consumers.get("events", "idle")).consume({ idle_heartbeat: 500, expires: 2_000 });
  const received = all(messages);
  let heartbeats = 0;
  for await (const status of messages.status()) {
    assert.notEqual(status.type, "heartbeats_missed");
    if (status.type === "heartbeat" && ++heartbeats === 2) {
      break;
    }
  }
  await messages.close();
  assert.deepEqual(await received, []);
});

check("deleting a consumer ends a pull that waits on it", async () => {
  await jsm.consumers.add("events", { durable_name: "doomed", ack_policy: "none", deliver_policy: "new" });
  const consumer = await js.consumers.get("events", "doomed");
  const waiting = await consumer.consume();
  const received = all(waiting);
  const deleted = (async () => {
    for await (const status of waiting.status()) {
      if (status.type === "consumer_deleted") {
        return true;
      }
    }
    return false;
  })();
  await eventually(async () => (await consumer.info()).num_waiting === 1, "a pull that waits");
  assert.equal(await consumer.delete(), true);
  assert.equal(await deleted, true);
  await assert.rejects(jsm.consumers.info("events", "doomed"), (err) => err.code === 10014);
  await waiting.close();
  assert.deepEqual(await received, []);
});

check("an unused consumer with a threshold goes by itself", async () => {
  const { name } = await jsm.consumers.add("events", { name: "passing", ack_policy: "none", inactive_threshold: nanos(500) });
  await sleep(800);
  await eventually(async () => await jsm.consumers.info("events", name).then(() => false, (err) => err.code === 10014), "its end");
});

check("delete removes a consumer", async () => {
  assert.equal(await jsm.consumers.delete("events", "second"), true);
  await assert.rejects(jsm.consumers.delete("events", "second"), (err) => err.code === 10014);
});

await runChecks(() => nc.close());
