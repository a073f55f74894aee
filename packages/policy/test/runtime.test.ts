import { existsSync } from "node:fs";
import type { Config, ConfigInput } from "@mailseal/config";
import { describe, expect, test } from "vitest";
import { type PipelineDeps, PolicyRuntime, type StoredMessage } from "../src/index.ts";
import { KeyDatabase } from "../src/keys/key-database.ts";
import { temporaryDirectory, write } from "./support/files.ts";
import {
  config,
  context,
  envelope,
  key,
  mail,
  nowMs,
  published,
  signedAs,
  stored,
} from "./support/mail.ts";

const directory = temporaryDirectory();
const keyText = key.toPem();

function deps(change: Partial<PipelineDeps> = {}): PipelineDeps {
  return {
    dnsKeys: published,
    hostname: "mx.example.org",
    clock: { nowMs: () => nowMs, elapsedNs: () => 0 },
    ...change,
  };
}

/** A config that signs with two signatures of one generation's selector. */
function generation(name: string, more: ConfigInput = {}): Config {
  const signatures = [{ selector: `${name}a` }, { selector: `${name}b` }];
  return config({ signing: { keyText, signatures }, ...more });
}

/** A message whose body comes when it is let. */
class GatedMessage implements StoredMessage {
  readonly #bytes = Buffer.from(mail("a@example.com"));
  readonly sizeBytes = this.#bytes.length;
  readonly reading: Promise<void>;
  #begun: () => void = () => undefined;
  #gate: Promise<void>;
  go: () => void = () => undefined;

  constructor() {
    this.reading = new Promise((resolve) => {
      this.#begun = resolve;
    });
    this.#gate = new Promise((resolve) => {
      this.go = resolve;
    });
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    yield this.#bytes.subarray(0, -4);
    this.#begun();
    await this.#gate;
    yield this.#bytes.subarray(-4);
  }
}

test("a message ends with the generation that it began with", async () => {
  const runtime = await PolicyRuntime.start(() => generation("one"), { depsFor: () => deps() });
  const message = new GatedMessage();
  const before = runtime.process(message, envelope, context());
  await message.reading;
  expect(await runtime.reload(() => generation("two"))).toMatchObject({ ok: true, number: 2 });
  const after = await runtime.process(stored(mail("a@example.com")), envelope, context());
  message.go();
  expect(signedAs(await before)).toEqual(["onea/example.com", "oneb/example.com"]);
  expect(signedAs(after)).toEqual(["twoa/example.com", "twob/example.com"]);
  expect(runtime.current.number).toBe(2);
});

test("under reloads at random no message sees half of two, nor is signed twice", async () => {
  const runtime = await PolicyRuntime.start(() => generation("g1"), { depsFor: () => deps() });
  const reloads: Promise<unknown>[] = [];
  const mails: Promise<string[]>[] = [];
  for (let number = 2; number <= 40; number++) {
    reloads.push(runtime.reload(async () => generation(`g${number}`)));
    for (let count = 0; count < 5; count++) {
      mails.push(
        runtime.process(stored(mail("a@example.com"), 11), envelope, context()).then(signedAs),
      );
    }
    // Lets some of them go on.
    await new Promise(setImmediate);
  }
  await Promise.all(reloads);
  const seen = new Set<string>();
  for (const names of await Promise.all(mails)) {
    const name = names[0]?.split("a/")[0] ?? "";
    expect(names).toEqual([`${name}a/example.com`, `${name}b/example.com`]);
    seen.add(name);
  }
  expect(seen.size).toBeGreaterThan(3);
  expect(runtime.current.number).toBe(40);
});

describe("a config that cannot be used", () => {
  test.for([
    [
      "is not read",
      () => {
        throw new Error("line 3: expected a\nmap");
      },
      /^Error: line 3: expected a\?map$/,
    ],
    [
      "names hooks that are not there",
      () => config({ hooks: { module: `${directory}/none.ts` } }),
      /hooks\.module/,
    ],
    [
      "names a database that is none",
      () => config({ keys: { database: write(directory, "junk.db", "junk".repeat(999)) } }),
      /key database/,
    ],
  ] as const)("%s: the old one stays, and the answer says why", async ([, load, reason]) => {
    const runtime = await PolicyRuntime.start(() => generation("one"), { depsFor: () => deps() });
    const reloaded = await runtime.reload(load);
    expect(reloaded).toEqual({ ok: false, reason: expect.stringMatching(reason) });
    const processed = await runtime.process(stored(mail("a@example.com")), envelope, context());
    expect([runtime.current.number, signedAs(processed)[0]]).toEqual([1, "onea/example.com"]);
    expect(await runtime.reload(() => generation("two"))).toMatchObject({ ok: true, number: 2 });
  });

  test("at start it rejects", async () => {
    const load = (): Config => config({ hooks: { module: `${directory}/none.ts` } });
    await expect(PolicyRuntime.start(load, { depsFor: () => deps() })).rejects.toThrow(
      /hooks\.module/,
    );
  });
});

test("what a replaced generation holds open is closed after its last message, and only then", async () => {
  const database = `${directory}/held.db`;
  const row = new KeyDatabase(database);
  row.add("example.com", "db", write(directory, "db.key", keyText));
  row.close();
  const runtime = await PolicyRuntime.start(() => generation("one", { keys: { database } }), {
    depsFor: () => deps(),
  });
  const lease = runtime.acquire();
  await runtime.reload(() => generation("two"));
  const held = await lease.pipeline.process(stored(mail("a@example.com")), envelope, context());
  expect(signedAs(held)).toEqual(["db/example.com"]);
  // SQLite takes its log away with the last connection.
  expect(existsSync(`${database}-wal`)).toBe(true);
  lease.release();
  lease.release();
  expect(existsSync(`${database}-wal`)).toBe(false);
  expect(lease.config).not.toBe(runtime.current.config);
  runtime.close();
});

test("a runtime that was closed is not reloaded; leases end first", async () => {
  const database = `${directory}/closing.db`;
  const load = (): Config => generation("one", { keys: { database } });
  const runtime = await PolicyRuntime.start(load, { depsFor: () => deps() });
  const lease = runtime.acquire();
  runtime.close();
  const processed = await lease.pipeline.process(
    stored(mail("a@example.com")),
    envelope,
    context(),
  );
  expect(processed.signatures).toHaveLength(2);
  lease.release();
  expect(await runtime.reload(load)).toEqual({ ok: false, reason: "the program is ending" });
  expect(existsSync(`${database}-wal`)).toBe(false);
});

test("reload preloads the new keys before they are in force", async () => {
  write(directory, "pre.example.key", keyText);
  const runtime = await PolicyRuntime.start(() => generation("one"), { depsFor: () => deps() });
  const next = config({
    signing: { key: `${directory}/%{d}.key`, selector: "s1" },
    domains: { "pre.example": {} },
    keys: { preload: true },
  });
  expect(await runtime.reload(() => next)).toEqual({ ok: true, number: 2, keysKept: 1 });
});
