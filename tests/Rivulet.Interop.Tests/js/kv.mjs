// The calls of @nats-io/kv.
import assert from "node:assert/strict";
import { connect, nanos } from "@nats-io/transport-node";
import { jetstreamManager } from "@nats-io/jetstream";
import { Base64KeyCodec, Kvm, NoopKvCodecs } from "@nats-io/kv";
import { all, check, eventually, runChecks, sleep, take, url } from "./checks.mjs";

const nc = await connect({ servers: url });
const jsm = await jetstreamManager(nc);
const kvm = new Kvm(nc);
let kv;

check("create makes a bucket with the options it was given", async () => {
  kv = await kvm.create("settings", {
    history: 5,
    description: "the main bucket",
    ttl: 3_600_000,
    max_bytes: 1024 * 1024,
    maxValueSize: 1024,
    metadata: { owner: "tests" },
  });
  const { config } = await jsm.streams.info("KV_settings");
  assert.deepEqual(config.subjects, ["$KV.settings.>"]);
  assert.equal(config.max_msgs_per_subject, 5);
  assert.equal(config.description, "the main bucket");
  assert.equal(config.max_age, nanos(3_600_000));
  assert.equal(config.max_bytes, 1024 * 1024);
  assert.equal(config.max_msg_size, 1024);
  assert.equal(config.discard, "new");
  assert.equal(config.allow_rollup_hdrs, true);
  assert.equal(config.allow_direct, true);
  assert.equal(config.storage, "file");
  assert.equal(config.metadata.owner, "tests");
});

check("create again opens what is there", async () => {
  const again = await kvm.create("settings", { history: 5 });
  assert.equal((await again.status()).description, "the main bucket");
});

check("open binds without asking; a bucket that is not there fails at the first use", async () => {
  const opened = await kvm.open("settings");
  assert.equal((await opened.status()).bucket, "settings");
  const missing = await kvm.open("nothing");
  await assert.rejects(missing.status(), /stream not found/);
  await assert.rejects(missing.put("k", "1"), /jetstream is not enabled/);
});

check("an opened bucket gets through the stream API, a created one through direct gets", async () => {
  await kv.put("way", "1");
  const opened = await kvm.open("settings");
  assert.equal(opened.direct, false);
  assert.equal(kv.direct, true);
  assert.deepEqual((await opened.get("way")).string(), (await kv.get("way")).string());
  assert.equal(await opened.get("nothing"), null);
});

check("a bucket name that breaks the rules is refused", async () => {
  await assert.rejects(kvm.create("no spaces"), /invalid bucket name/);
});

check("put returns growing revisions, get the last value", async () => {
  kv = await kvm.create("plain", { history: 5, maxValueSize: 1024 });
  assert.equal(await kv.put("a", "1"), 1);
  assert.equal(await kv.put("a", "2"), 2);
  assert.equal(await kv.put("b.c", "3"), 3);
  const entry = await kv.get("a");
  assert.equal(entry.string(), "2");
  assert.equal(entry.revision, 2);
  assert.equal(entry.operation, "PUT");
  assert.equal(entry.bucket, "plain");
  assert.equal(entry.key, "a");
  assert.ok(Math.abs(Date.now() - entry.created.getTime()) < 60_000);
});

check("get by revision returns that revision, and null if it is another key's", async () => {
  assert.equal((await kv.get("a", { revision: 1 })).string(), "1");
  assert.equal(await kv.get("a", { revision: 3 }), null);
  assert.equal(await kv.get("a", { revision: 1000 }), null);
});

check("get of a key that is not there is null", async () => {
  assert.equal(await kv.get("nothing"), null);
});

check("values may be empty, binary or JSON", async () => {
  await kv.put("empty", "");
  assert.equal((await kv.get("empty")).length, 0);
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  await kv.put("bytes", bytes);
  assert.deepEqual(Uint8Array.from((await kv.get("bytes")).value), bytes);
  await kv.put("json", JSON.stringify({ deep: [1, { x: "ä" }] }));
  assert.deepEqual((await kv.get("json")).json(), { deep: [1, { x: "ä" }] });
});

check("create succeeds for a new key and fails for one that is there", async () => {
  const revision = await kv.create("new", "x");
  await assert.rejects(kv.create("new", "y"), /wrong last sequence/);
  assert.equal((await kv.get("new")).revision, revision);
});

check("create succeeds after a delete, and after a purge", async () => {
  await kv.delete("new");
  await kv.create("new", "again");
  await kv.purge("new");
  await kv.create("new", "once more");
  assert.equal((await kv.get("new")).string(), "once more");
});

check("update succeeds with the last revision only", async () => {
  const revision = await kv.put("counter", "1");
  const next = await kv.update("counter", "2", revision);
  await assert.rejects(kv.update("counter", "3", revision), (err) =>
    err.message.includes(`wrong last sequence: ${next}`) && err.code === 10071);
  assert.equal((await kv.get("counter")).string(), "2");
});

check("put and delete with an expected revision", async () => {
  const revision = (await kv.get("counter")).revision;
  await assert.rejects(kv.put("counter", "x", { previousSeq: revision - 1 }), /wrong last sequence/);
  const next = await kv.put("counter", "x", { previousSeq: revision });
  await assert.rejects(kv.delete("counter", { previousSeq: revision }), /wrong last sequence/);
  await kv.delete("counter", { previousSeq: next });
  assert.equal((await kv.get("counter")).operation, "DEL");
});

check("delete leaves a marker and the history before it", async () => {
  await kv.put("gone", "1");
  await kv.put("gone", "2");
  await kv.delete("gone");
  const entry = await kv.get("gone");
  assert.equal(entry.operation, "DEL");
  assert.equal(entry.length, 0);
  const history = await all(await kv.history({ key: "gone" }));
  assert.deepEqual(history.map((e) => `${e.operation} ${e.string()}`), ["PUT 1", "PUT 2", "DEL "]);
});

check("purge leaves a marker only", async () => {
  await kv.purge("gone");
  const history = await all(await kv.history({ key: "gone" }));
  assert.deepEqual(history.map((e) => e.operation), ["PURGE"]);
});

check("history keeps as many revisions of a key as the bucket says", async () => {
  for (let i = 1; i <= 8; i++) {
    await kv.put("long", `${i}`);
  }
  const history = await all(await kv.history({ key: "long" }));
  assert.deepEqual(history.map((e) => e.string()), ["4", "5", "6", "7", "8"]);
  assert.deepEqual(history.map((e) => e.delta), [4, 3, 2, 1, 0]);
});

check("a value past the bucket's largest is refused", async () => {
  await assert.rejects(kv.put("large", new Uint8Array(1025)), /message size exceeds maximum allowed/);
});

check("keys lists those that are not deleted", async () => {
  kv = await kvm.create("people", { history: 3 });
  for (const key of ["sue.color", "sue.food", "bob.color", "bob.age.years", "tom"]) {
    await kv.put(key, "1");
  }
  await kv.delete("sue.food");
  await kv.purge("tom");
  assert.deepEqual((await all(await kv.keys())).sort(), ["bob.age.years", "bob.color", "sue.color"]);
});

check("keys takes one filter or several", async () => {
  assert.deepEqual((await all(await kv.keys("bob.>"))).sort(), ["bob.age.years", "bob.color"]);
  assert.deepEqual((await all(await kv.keys("*.color"))).sort(), ["bob.color", "sue.color"]);
  assert.deepEqual((await all(await kv.keys(["sue.*", "bob.age.>"]))).sort(), ["bob.age.years", "sue.color"]);
  assert.deepEqual(await all(await kv.keys("nobody.>")), []);
});

// The client marks the last of the initial values as an update already: from there on it is up to date.
check("a watch of everything starts with the last of each key", async () => {
  const watch = await kv.watch();
  const initial = await take(watch, 5);
  assert.deepEqual(
    initial.map((e) => `${e.key} ${e.operation} ${e.isUpdate}`).sort(),
    [
      "bob.age.years PUT false",
      "bob.color PUT false",
      "sue.color PUT false",
      "sue.food DEL false",
      "tom PURGE true",
    ],
  );
  assert.equal(initial[4].delta, 0);
});

check("a watch marks what comes after the initial values as updates", async () => {
  await kv.put("bob.size", "m");
  const watch = await kv.watch({ key: "bob.*" });
  const seen = collect(watch);
  await eventually(() => seen.length === 2, "the initial values");
  await kv.put("bob.color", "red");
  await kv.put("sue.color", "not watched");
  await kv.put("bob.size", "xl");
  await eventually(() => seen.length === 4, "the updates");
  assert.deepEqual(seen.map((e) => `${e.key}=${e.string()} ${e.isUpdate}`), [
    "bob.color=1 false",
    "bob.size=m true",
    "bob.color=red true",
    "bob.size=xl true",
  ]);
  watch.stop();
});

check("a watch with all history gives every revision in order", async () => {
  await kv.put("bob.color", "blue");
  const watch = await kv.watch({ key: "bob.color", include: "history" });
  const values = (await take(watch, 3)).map((e) => e.string());
  assert.deepEqual(values, ["1", "red", "blue"]);
});

check("a watch of updates only gives nothing that was there", async () => {
  const watch = await kv.watch({ include: "updates" });
  const seen = collect(watch);
  await sleep(200);
  assert.equal(seen.length, 0);
  await kv.put("bob.color", "green");
  await eventually(() => seen.length === 1, "the update");
  assert.equal(seen[0].string(), "green");
  watch.stop();
});

check("a watch that ignores deletes skips them", async () => {
  const watch = await kv.watch({ ignoreDeletes: true });
  const seen = collect(watch);
  await kv.put("sue.food", "pizza");
  await kv.delete("sue.food");
  await kv.put("last", "1");
  await eventually(() => seen.some((e) => e.key === "last"), "the last key");
  assert.ok(seen.every((e) => e.operation !== "DEL"));
  watch.stop();
});

check("a watch of headers only brings lengths without values", async () => {
  await kv.put("meta", "12345");
  const [entry] = await take(await kv.watch({ key: "meta", headers_only: true }), 1);
  assert.equal(entry.value.length, 0);
  assert.equal(entry.length, 5);
});

check("a watch takes several keys", async () => {
  const entries = await take(await kv.watch({ key: ["sue.color", "bob.>"] }), 4);
  assert.deepEqual(entries.map((e) => e.key).sort(), ["bob.age.years", "bob.color", "bob.size", "sue.color"]);
});

check("a watch resumes from a revision", async () => {
  const from = await kv.put("resume", "1");
  await kv.put("resume", "2");
  const entries = await take(await kv.watch({ resumeFromRevision: from }), 2);
  assert.deepEqual(entries.map((e) => e.revision), [from, from + 1]);
});

check("a watch of a large bucket gives each key once, in order", async () => {
  const large = await kvm.create("large");
  const count = 2_000;
  const revisions = await Promise.all(Array.from({ length: count }, (_, i) => large.put(`key.${i}`, `value ${i}`)));
  assert.equal(new Set(revisions).size, count);
  const entries = await take(await large.watch(), count);
  assert.deepEqual(entries.map((e) => e.revision), Array.from({ length: count }, (_, i) => i + 1));
  assert.equal(entries.at(-1).delta, 0);
  await large.destroy();
});

check("delete and purge take wildcards", async () => {
  await kv.put("many.a", "1");
  await kv.put("many.b", "2");
  await kv.delete("many.*");
  assert.equal((await kv.get("many.a")).operation, "DEL");
  assert.equal((await kv.get("many.b")).operation, "DEL");
  await kv.purge("bob.>");
  assert.equal((await kv.get("bob.age.years")).operation, "PURGE");
});

check("purgeDeletes removes the markers", async () => {
  await kv.purgeDeletes(-1);
  assert.equal(await kv.get("many.a"), null);
  assert.equal(await kv.get("bob.age.years"), null);
  assert.ok(await kv.get("sue.color"));
});

check("purgeBucket removes everything, and revisions go on", async () => {
  const before = await kv.put("x", "1");
  await kv.purgeBucket();
  assert.deepEqual(await all(await kv.keys()), []);
  assert.equal((await kv.status()).values, 0);
  assert.equal(await kv.put("x", "2"), before + 1);
});

check("status tells the bucket's state and settings", async () => {
  const settings = await kvm.open("settings");
  await settings.put("k", "1");
  const status = await settings.status();
  assert.equal(status.bucket, "settings");
  assert.equal(status.history, 5);
  assert.equal(status.ttl, 3_600_000);
  assert.equal(status.maxValueSize, 1024);
  assert.equal(status.max_bytes, 1024 * 1024);
  assert.equal(status.storage, "file");
  assert.equal(status.replicas, 1);
  assert.equal(status.compression, false);
  assert.equal(status.values, status.streamInfo.state.messages);
  assert.equal(status.size, status.streamInfo.state.bytes);
  assert.ok(status.size > 0);
});

check("a memory bucket works alike", async () => {
  const memory = await kvm.create("fleeting", { storage: "memory", history: 2 });
  assert.equal(await memory.put("k", "1"), 1);
  assert.equal(await memory.update("k", "2", 1), 2);
  assert.equal((await memory.get("k", { revision: 1 })).string(), "1");
  assert.equal((await memory.status()).storage, "memory");
});

check("a full bucket refuses new values", async () => {
  const small = await kvm.create("small", { max_bytes: 1024 });
  await small.put("a", new Uint8Array(700));
  await assert.rejects(small.put("b", new Uint8Array(700)), /maximum bytes exceeded/);
  assert.equal((await small.get("a")).length, 700);
});

check("values expire by the bucket's age", async () => {
  const short = await kvm.create("short", { ttl: 500 });
  await short.put("k", "1");
  assert.ok(await short.get("k"));
  await eventually(async () => (await short.get("k")) === null, "the value's end");
  assert.equal((await short.status()).values, 0);
});

check("a key created with a time to live expires, and a marker says so to watchers", async () => {
  const limited = await kvm.create("limited", { markerTTL: 1_000, history: 2 });
  assert.equal((await limited.status()).markerTTL, 1_000);
  const seen = collect(await limited.watch());
  await limited.create("k", "1", "1s");
  await eventually(() => seen.length === 2, "the marker");
  assert.deepEqual(seen.map((e) => e.operation), ["PUT", "PURGE"]);
  await eventually(async () => (await limited.get("k")) === null, "the marker's end");
  assert.equal(await limited.destroy(), true);
});

check("a time to live in a bucket without them is refused", async () => {
  await assert.rejects((await kvm.create("plain")).create("mortal", "1", "1s"), /per-message ttl is disabled/i);
});

check("a bucket with encoded keys works through a codec", async () => {
  const codec = { ...NoopKvCodecs(), key: Base64KeyCodec() };
  const encoded = await kvm.create("encoded", { codec });
  await encoded.put("a key with spaces!", "1");
  assert.equal((await encoded.get("a key with spaces!")).string(), "1");
  assert.equal((await encoded.get("a key with spaces!")).key, "a key with spaces!");
});

check("list gives every bucket", async () => {
  const names = (await all(kvm.list())).map((s) => s.bucket).sort();
  assert.deepEqual(names, ["encoded", "fleeting", "people", "plain", "settings", "short", "small"]);
});

check("destroy deletes a bucket", async () => {
  assert.equal(await (await kvm.open("small")).destroy(), true);
  await assert.rejects((await kvm.open("small")).status(), /stream not found/);
});

check("a bucket with sources has what is put into them under keys of its own", async () => {
  const source = await kvm.create("source");
  await source.put("before", "1");
  const sum = await kvm.create("sum", { sources: [{ name: "source" }] });
  const seen = collect(await sum.watch());
  await source.put("after", "2");
  await sum.put("own", "3");
  await eventually(() => seen.length === 3);
  assert.deepEqual(seen.map((e) => [e.key, e.string()]).sort(), [["after", "2"], ["before", "1"], ["own", "3"]]);
  await source.delete("before");
  await eventually(async () => (await sum.get("before"))?.operation === "DEL");
  const { sources } = await jsm.streams.info("KV_sum");
  assert.equal(sources[0].name, "KV_source");
  assert.equal(sources[0].lag, 0);
});

check("a mirror of a bucket is read by itself and takes no writes", async () => {
  const mirror = await kvm.create("mirror", {
    mirror: { name: "source", subject_transforms: [{ src: "$KV.source.>", dest: "$KV.mirror.>" }] },
  });
  await eventually(async () => (await mirror.get("after"))?.string() === "2");
  const source = await kvm.open("source");
  const revision = await source.put("later", "4");
  await eventually(async () => (await mirror.get("later"))?.revision === revision);
  await assert.rejects(mirror.put("later", "5"));
  const info = await jsm.streams.info("KV_mirror");
  assert.equal(info.config.mirror_direct, true);
  assert.equal(info.mirror.name, "KV_source");
  await mirror.destroy();
  assert.equal((await source.get("later")).string(), "4");
});

await runChecks(() => nc.close());

// What an iterable has brought so far, in an array that grows.
function collect(iterable) {
  const items = [];
  (async () => {
    for await (const item of iterable) {
      items.push(item);
    }
  })();
  return items;
}
