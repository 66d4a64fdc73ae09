// The steps of the Key-Value introduction, the same for every client that has this interface.
import assert from "node:assert/strict";
import { check } from "./checks.mjs";

/**
 * @param bucket returns the bucket once it is open
 * @param consume (stream) => async iterator over the messages of a stream, from its first on
 */
export function introduction(bucket, consume) {
  let messages, watcher, entries;

  check("put and get: sue.color @ 1 -> blue", async () => {
    assert.equal(await bucket().put("sue.color", "blue"), 1);
    assert.equal(line(await bucket().get("sue.color")), "sue.color @ 1 -> blue");
  });

  check("a second put is a new revision: sue.color @ 2 -> green", async () => {
    assert.equal(await bucket().put("sue.color", "green"), 2);
    assert.equal(line(await bucket().get("sue.color")), "sue.color @ 2 -> green");
  });

  check("an update with a stale revision fails: wrong last sequence: 2", async () => {
    await assert.rejects(bucket().update("sue.color", "red", 1), /wrong last sequence: 2/);
    assert.equal(line(await bucket().get("sue.color")), "sue.color @ 2 -> green");
  });

  check("the status names the stream: KV_profiles", async () => {
    const status = await bucket().status();
    assert.equal(status.streamInfo.config.name, "KV_profiles");
    assert.equal(status.bucket, "profiles");
    assert.equal(status.values, 1);
  });

  check("the stream holds: $KV.profiles.sue.color @ 2 -> 'green'", async () => {
    messages = await consume("KV_profiles");
    assert.equal(streamLine(await next(messages)), "$KV.profiles.sue.color @ 2 -> 'green'");
  });

  check("an update with the right revision reaches the stream: @ 3 -> 'yellow'", async () => {
    assert.equal(await bucket().update("sue.color", "yellow", 2), 3);
    assert.equal(streamLine(await next(messages)), "$KV.profiles.sue.color @ 3 -> 'yellow'");
  });

  check("a delete is an empty message @ 4 with kv operation: DEL", async () => {
    await bucket().delete("sue.color");
    const message = await next(messages);
    assert.equal(streamLine(message), "$KV.profiles.sue.color @ 4 -> ''");
    assert.equal(message.headers.get("KV-Operation"), "DEL");
    await messages.return();
  });

  check("a watch of sue.* starts with what is there: sue.color @ 4, deleted", async () => {
    watcher = await bucket().watch({ key: "sue.*" });
    entries = watcher[Symbol.asyncIterator]();
    const entry = await next(entries);
    assert.equal(line(entry), "sue.color @ 4 -> ");
    assert.equal(entry.operation, "DEL");
  });

  check("and goes on with what comes: sue.food @ 5 -> pizza", async () => {
    const update = next(entries);
    assert.equal(await bucket().put("sue.food", "pizza"), 5);
    assert.equal(line(await update), "sue.food @ 5 -> pizza");
    watcher.stop();
  });
}

function line(entry) {
  return `${entry.key} @ ${entry.revision} -> ${entry.string()}`;
}

function streamLine(message) {
  return `${message.subject} @ ${message.seq} -> '${message.string()}'`;
}

async function next(iterator) {
  const { done, value } = await iterator.next();
  assert.ok(!done, "the iterator ended");
  return value;
}
