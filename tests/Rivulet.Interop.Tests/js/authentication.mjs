// How the official clients show who they are: by password, and by signing with a key. The server's users are in the test beside this.
import assert from "node:assert/strict";
import { connect, nkeyAuthenticator } from "@nats-io/transport-node";
import { connect as legacyConnect, nkeyAuthenticator as legacyNkeyAuthenticator } from "nats";
import { check, runChecks, url } from "./checks.mjs";

const seed = new TextEncoder().encode("SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY");
const strangersSeed = new TextEncoder().encode("SUAEL6RU3BSDAFKOHNTEOK5Q6FTM5FTAMWVIKBET6FHPO4JRII3CYELVNM");

async function user(options) {
  const nc = await connect({ servers: url, reconnect: false, ...options });
  try {
    return (await nc.request("$SYS.REQ.USER.INFO")).json().data.user;
  } finally {
    await nc.close();
  }
}

async function refused(options) {
  await assert.rejects(connect({ servers: url, reconnect: false, ...options }), (err) => /authorization violation/i.test(err.message));
}

check("a password that stands as a hash lets in", async () => {
  assert.equal(await user({ user: "ann", pass: "abc" }), "ann");
});

check("a wrong one does not, nor does none", async () => {
  await refused({ user: "ann", pass: "abd" });
  await refused({ user: "ann" });
  await refused({});
  await refused({ token: "abc" });
});

check("the owner of a key comes in", async () => {
  assert.match(await user({ authenticator: nkeyAuthenticator(seed) }), /^UDXU4RCSJ/);
});

check("the owner of another key does not", async () => {
  await refused({ authenticator: nkeyAuthenticator(strangersSeed) });
});

check("a key lets in with the older package", async () => {
  const nc = await legacyConnect({ servers: url, authenticator: legacyNkeyAuthenticator(seed) });
  await nc.flush();
  await nc.close();
});

await runChecks(async () => {});
