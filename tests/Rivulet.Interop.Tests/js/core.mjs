// Core messaging with @nats-io/transport-node.
import assert from "node:assert/strict";
import { connect, createInbox, Empty, headers } from "@nats-io/transport-node";
import { all, check, eventually, runChecks, sleep, take, url, within } from "./checks.mjs";

const nc = await connect({ servers: url, name: "core checks" });
const other = await connect({ servers: url });

check("the server introduces itself", async () => {
  assert.match(nc.info.version, /^2\.\d+\.\d+/);
  assert.equal(nc.info.headers, true);
  assert.equal(nc.info.max_payload, 1024 * 1024);
  assert.equal(nc.info.jetstream, true);
  assert.ok(nc.info.server_id.length > 0);
  assert.ok(nc.info.client_id > 0);
  assert.equal(nc.getServer(), url.replace("nats://", ""));
});

check("publish and subscribe, over another connection", async () => {
  const sub = nc.subscribe("hello");
  await nc.flush();
  other.publish("hello", "world");
  const [message] = await take(sub, 1);
  assert.equal(message.string(), "world");
  assert.equal(message.subject, "hello");
});

check("wildcards match what they should", async () => {
  const star = collect(nc.subscribe("wild.*.z"));
  const rest = collect(nc.subscribe("wild.>"));
  await nc.flush();
  for (const subject of ["wild.a.z", "wild.b", "wild.a.b.z", "wild", "other.a.z"]) {
    other.publish(subject);
  }
  await other.flush();
  await nc.flush();
  await eventually(() => rest.subjects.length === 3, "the messages");
  assert.deepEqual(star.subjects, ["wild.a.z"]);
  assert.deepEqual(rest.subjects, ["wild.a.z", "wild.b", "wild.a.b.z"]);
  star.sub.unsubscribe();
  rest.sub.unsubscribe();
});

check("many messages arrive, each once, in order", async () => {
  const count = 10_000;
  const sub = nc.subscribe("many", { max: count });
  await nc.flush();
  for (let i = 0; i < count; i++) {
    other.publish("many", `${i}`);
  }
  const values = (await all(sub)).map((m) => m.string());
  assert.deepEqual(values, Array.from({ length: count }, (_, i) => `${i}`));
});

check("a queue group shares messages, each delivered once", async () => {
  const members = [nc, nc, other].map((c) => collect(c.subscribe("work", { queue: "workers" })));
  const listener = collect(nc.subscribe("work"));
  await nc.flush();
  await other.flush();
  for (let i = 0; i < 300; i++) {
    other.publish("work", `${i}`);
  }
  await other.flush();
  await eventually(() => members.reduce((n, m) => n + m.messages.length, 0) === 300 && listener.messages.length === 300, "all messages");
  assert.ok(members.every((m) => m.messages.length > 30), "everyone gets a share");
  const values = members.flatMap((m) => m.messages.map((x) => x.string()));
  assert.equal(new Set(values).size, 300);
  [...members, listener].forEach((m) => m.sub.unsubscribe());
});

check("unsubscribe after a number of messages", async () => {
  const sub = nc.subscribe("three", { max: 3 });
  await nc.flush();
  for (let i = 0; i < 5; i++) {
    other.publish("three", `${i}`);
  }
  assert.deepEqual((await all(sub)).map((m) => m.string()), ["0", "1", "2"]);
});

check("request and reply", async () => {
  const sub = other.subscribe("double", { callback: (_, m) => m.respond(`${2 * Number(m.string())}`) });
  await other.flush();
  const replies = await Promise.all(Array.from({ length: 100 }, (_, i) => nc.request("double", `${i}`, { timeout: 5_000 })));
  assert.deepEqual(replies.map((m) => Number(m.string())), Array.from({ length: 100 }, (_, i) => 2 * i));
  const apart = await nc.request("double", "21", { timeout: 5_000, noMux: true, reply: createInbox() });
  assert.equal(apart.string(), "42");
  sub.unsubscribe();
});

check("a request that nobody answers fails at once", async () => {
  const start = Date.now();
  await assert.rejects(nc.request("nobody", Empty, { timeout: 5_000 }), /no responders/i);
  assert.ok(Date.now() - start < 2_000);
});

check("a request to someone silent times out", async () => {
  const sub = other.subscribe("silent");
  await other.flush();
  await assert.rejects(nc.request("silent", Empty, { timeout: 200 }), /timeout/i);
  sub.unsubscribe();
});

check("requestMany gathers several replies", async () => {
  const subs = [1, 2, 3].map((i) => other.subscribe("poll", { callback: (_, m) => m.respond(`${i}`) }));
  await other.flush();
  const replies = await all(await nc.requestMany("poll", Empty, { maxMessages: 3, maxWait: 5_000 }));
  assert.deepEqual(replies.map((m) => m.string()).sort(), ["1", "2", "3"]);
  subs.forEach((s) => s.unsubscribe());
});

check("headers keep names, values and order", async () => {
  const sub = nc.subscribe("headers");
  await nc.flush();
  const h = headers();
  h.append("X-Color", "blue");
  h.append("X-Color", "green");
  h.append("x-color", "red");
  h.set("Empty", "");
  other.publish("headers", "body", { headers: h, reply: "answer.here" });
  const [message] = await take(sub, 1);
  assert.deepEqual(message.headers.values("X-Color"), ["blue", "green"]);
  assert.deepEqual(message.headers.values("x-color"), ["red"]);
  assert.equal(message.headers.get("Empty"), "");
  assert.equal(message.reply, "answer.here");
  assert.equal(message.string(), "body");
});

check("payloads of every size up to the largest arrive whole", async () => {
  const sizes = [0, 1, 100, 32_767, 32_768, 65_537, 500_000, 1024 * 1024];
  const sub = nc.subscribe("sizes", { max: sizes.length });
  await nc.flush();
  for (const size of sizes) {
    other.publish("sizes", new Uint8Array(size).fill(size % 251));
  }
  for (const message of await all(sub)) {
    const size = sizes.shift();
    assert.equal(message.data.length, size);
    assert.ok(message.data.every((b) => b === size % 251));
  }
});

// Whether the client still reads the error before its own write fails is a matter of timing.
check("a payload past the largest ends the connection", async () => {
  const third = await connect({ servers: url, reconnect: false });
  // The client checks against what the server said; raise that, so that the server has to.
  third.info.max_payload = 10 * 1024 * 1024;
  third.publish("too.large", new Uint8Array(1024 * 1024 + 1));
  const err = await within(5_000, third.closed(), "closed");
  assert.match(String(err), /maximum payload|ECONNRESET|EPIPE/i);
});

check("an own message comes back, unless echo is off", async () => {
  const quiet = await connect({ servers: url, noEcho: true });
  const heard = collect(quiet.subscribe("echo"));
  const loud = collect(nc.subscribe("echo"));
  await quiet.flush();
  await nc.flush();
  quiet.publish("echo", "q");
  nc.publish("echo", "n");
  await quiet.flush();
  await nc.flush();
  await eventually(() => loud.messages.length === 2 && heard.messages.length === 1, "the messages");
  assert.equal(heard.messages[0].string(), "n");
  loud.sub.unsubscribe();
  await quiet.close();
});

check("rtt and flush answer", async () => {
  assert.ok((await nc.rtt()) < 1_000);
  await nc.flush();
});

check("draining a subscription delivers what is under way", async () => {
  const sub = nc.subscribe("drain");
  await nc.flush();
  for (let i = 0; i < 100; i++) {
    other.publish("drain", `${i}`);
  }
  await other.flush();
  const seen = all(sub);
  await sub.drain();
  assert.equal((await seen).length, 100);
  other.publish("drain", "too late");
  await other.flush();
});

check("draining a connection finishes its work and closes it", async () => {
  const third = await connect({ servers: url });
  const done = [];
  third.subscribe("jobs", { callback: (_, m) => { done.push(m.string()); m.respond("ok"); } });
  await third.flush();
  const replies = Array.from({ length: 50 }, (_, i) => nc.request("jobs", `${i}`, { timeout: 5_000 }));
  await nc.flush();
  await third.drain();
  assert.equal(third.isClosed(), true);
  const results = await Promise.allSettled(replies);
  assert.equal(results.filter((r) => r.status === "fulfilled").length, done.length);
});

check("pedantic and verbose connections work", async () => {
  const third = await connect({ servers: url, pedantic: true, verbose: true });
  const sub = third.subscribe("verbose", { max: 1 });
  third.publish("verbose", "x");
  assert.equal((await all(sub)).length, 1);
  await third.close();
});

check("closing ends subscriptions", async () => {
  const third = await connect({ servers: url });
  const sub = third.subscribe("closing");
  const ended = all(sub);
  await third.close();
  assert.deepEqual(await ended, []);
  await sleep(10);
});

await runChecks(async () => {
  await other.close();
  await nc.close();
});

function collect(sub) {
  const messages = [];
  const subjects = [];
  (async () => {
    for await (const message of sub) {
      messages.push(message);
      subjects.push(message.subject);
    }
  })();
  return { sub, messages, subjects };
}
