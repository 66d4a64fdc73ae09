// How a script tells the test what it checked. Standard output carries one JSON object a line:
//   {"plan":["name", ...]}                          first: every check there will be
//   {"check":"name","ok":true}                      one for each, in order
//   {"check":"name","ok":false,"problem":"..."}
//   {"request":"restart-server"}                    the test does it, then answers with one line on standard input
//   {"done":true}                                   last
// Checks run one after the other and may build on what the ones before them left.
import { createInterface } from "node:readline";

const checkLimitMillis = 20_000;
const planned = [];
const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

/** The server under test. */
export const url = process.env.NATS_URL ?? "nats://127.0.0.1:4222";

/** Plans a check: an async function that throws if something is not as it should be. */
export function check(name, run) {
  planned.push({ name, run });
}

/** Runs the planned checks, then `close`. Call it once, last. */
export async function runChecks(close) {
  print({ plan: planned.map((c) => c.name) });
  for (const { name, run } of planned) {
    try {
      await within(checkLimitMillis, run());
      print({ check: name, ok: true });
    } catch (err) {
      print({ check: name, ok: false, problem: err?.stack ?? String(err) });
    }
  }
  await within(checkLimitMillis, close());
  print({ done: true });
  process.stdin.destroy();
}

/** Has the test kill the server and start it again on the same port and store. */
export async function restartServer() {
  print({ request: "restart-server" });
  await answers.next();
}

export function within(millis, promise, what = "not done") {
  let timer;
  const limit = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} within ${millis} ms`)), millis);
  });
  return Promise.race([promise, limit]).finally(() => clearTimeout(timer));
}

export function sleep(millis) {
  return new Promise((resolve) => setTimeout(resolve, millis));
}

/** The first `count` items of an async iterable, which is left after them. */
export async function take(iterable, count) {
  const items = [];
  if (count === 0) {
    return items;
  }
  for await (const item of iterable) {
    items.push(item);
    if (items.length === count) {
      break;
    }
  }
  return items;
}

/** All items of an async iterable that ends by itself. */
export async function all(iterable) {
  const items = [];
  for await (const item of iterable) {
    items.push(item);
  }
  return items;
}

/** Repeats `probe` until it returns something true, and returns that. */
export async function eventually(probe, what) {
  for (let i = 0; i < 100; i++) {
    const result = await probe();
    if (result) {
      return result;
    }
    await sleep(50);
  }
  throw new Error(`${what} did not come true within 5 s`);
}

function print(line) {
  process.stdout.write(JSON.stringify(line) + "\n");
}
