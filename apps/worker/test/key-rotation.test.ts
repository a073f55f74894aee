import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { configSchema } from "@mailseal/config";
import { createRotation, environmentOf, Journal, type RotationSetup } from "@mailseal/rotation";
import { startDnsServer } from "@mailseal/testkit/dns-server";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { expect, onTestFinished, test } from "vitest";
import { KeyRotation, signersOf } from "../src/key-rotation.ts";
import { collectedLog } from "./collected-log.ts";
import { testKey } from "./worker-under-test.ts";

test("takes every due step; a domain that fails does not delay others", async () => {
  const server = await startDnsServer({});
  onTestFinished(() => server.close());
  const directory = temporaryDirectory("test");
  const file = join(directory, "rotation.db");
  const zone = join(directory, "new.zone");
  const keyDirectory = join(directory, "keys");
  const setup: RotationSetup = {
    keyDirectory,
    publish: { method: "zone", file: zone },
    resolvers: [server.address],
    activate: { method: "file" },
  };
  const broken: RotationSetup = {
    ...setup,
    activate: { method: "table", database: "/proc/absent/keys.db" },
  };
  const journal = new Journal(file);
  const tools = {
    environment: {},
    openTable: () => {
      throw new Error("not opened here");
    },
  };
  const rotation = createRotation({ journal, ...environmentOf(setup, tools) });
  const plan = {
    keys: [{ type: "ed25519", selector: "s1" }],
    retryMs: 10,
    maxRetryMs: 10,
  } as const;
  await rotation.start("broken.example", { plan, setup: broken });
  await rotation.start("example.com", { plan, setup });
  journal.close();

  const { log, logged } = collectedLog();
  const line = (pattern: RegExp): Promise<void> =>
    logged((entry) => pattern.test(JSON.stringify(entry)));
  const worker = new KeyRotation({ journal: file, intervalMs: 10, log, environment: {} });
  onTestFinished(() => worker.stop());
  await line(/"level":"error".*broken\.example/);
  await line(/"domain":"example.com".*"did"/);
  const record = /"(v=DKIM1[^"]*)"/.exec(readFileSync(zone, "utf8"))?.[1] ?? "";
  server.script("s1._domainkey.example.com", { txt: [record] });
  await line(/signs with s1/);
  expect(existsSync(join(keyDirectory, "example.com", "active.json"))).toBe(true);
}, 60_000);

test("asks this worker, and the relay of the same config, whether they can use a key", async () => {
  const directory = temporaryDirectory("test");
  const keyFile = join(directory, "s1.key");
  writeFileSync(keyFile, testKey.toPem(), { mode: 0o600 });
  let body: unknown = { usable: true, user: { uid: 998, gid: 998 } };
  const relay = createServer((_, response) => response.end(JSON.stringify(body)));
  const socket = join(directory, "admin.sock");
  await once(relay.listen(socket), "listening");
  onTestFinished(() => void relay.close());
  const config = configSchema.parse({ admin: { listen: `unix:${socket}` } });
  const objection = (file: string): Promise<string | undefined> =>
    signersOf(config).objection("example.com", { selector: "s1", keyFile: file });
  expect(await objection(keyFile)).toBeUndefined();
  expect(await objection(join(directory, "none"))).toMatch(/no such file.*; put the file there/);
  body = { usable: false, reason: "user 998 may not read it", remedy: "chown 998" };
  expect(await objection(keyFile)).toBe("user 998 may not read it; chown 998");
  relay.closeAllConnections();
  relay.close();
  // No relay runs: this worker alone signs.
  expect(await objection(keyFile)).toBeUndefined();
});
