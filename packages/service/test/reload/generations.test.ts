import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Config, ConfigInput } from "@mailseal/config";
import type { StoredMessage } from "@mailseal/policy";
import { KeyDatabase } from "@mailseal/policy/keys";
import { sampleContext, sampleEnvelope, signedAs } from "@mailseal/testkit/pipeline-samples";
import { afterAll, describe, expect, test } from "vitest";
import { configOf, key, lunch, stored } from "../support/program.ts";
import { GenerationHolder } from "./generation-holder.ts";

const directory = mkdtempSync(join(tmpdir(), "mailseal-service-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const keyText = key.toPem();

function write(name: string, content: string): string {
  const file = join(directory, name);
  writeFileSync(file, content, { mode: 0o600 });
  return file;
}

/** A config that signs with two signatures of one generation's selector. */
function generation(name: string, more: ConfigInput = {}): Config {
  const signatures = [{ selector: `${name}a` }, { selector: `${name}b` }];
  return configOf({ signing: { keyText, signatures }, ...more });
}

/** A message whose body comes when it is let. */
class GatedMessage implements StoredMessage {
  readonly #bytes = Buffer.from(lunch);
  readonly sizeBytes = this.#bytes.length;
  readonly reading: Promise<void>;
  #started: () => void = () => undefined;
  #gate: Promise<void>;
  go: () => void = () => undefined;

  constructor() {
    this.reading = new Promise((resolve) => {
      this.#started = resolve;
    });
    this.#gate = new Promise((resolve) => {
      this.go = resolve;
    });
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    yield this.#bytes.subarray(0, -4);
    this.#started();
    await this.#gate;
    yield this.#bytes.subarray(-4);
  }
}

test("a message is processed by the generation that was in force when it started", async () => {
  const program = await GenerationHolder.start(() => generation("one"));
  const message = new GatedMessage();
  const before = program.process(message);
  await message.reading;
  const two = generation("two");
  await program.reload(() => two);
  const after = await program.process(stored());
  message.go();
  expect(signedAs(await before)).toEqual(["onea/example.com", "oneb/example.com"]);
  expect(signedAs(after)).toEqual(["twoa/example.com", "twob/example.com"]);
  expect(program.config).toBe(two);
});

test("under reloads at random no message sees half of two, nor is signed twice", async () => {
  const program = await GenerationHolder.start(() => generation("g1"));
  const reloads: Promise<unknown>[] = [];
  const mails: Promise<string[]>[] = [];
  for (let number = 2; number <= 40; number++) {
    reloads.push(program.reload(async () => generation(`g${number}`)));
    for (let count = 0; count < 5; count++) {
      mails.push(program.process(stored(11)).then(signedAs));
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
  expect(signedAs(await program.process(stored()))[0]).toBe("g40a/example.com");
});

describe("a config that cannot be used", () => {
  test.for([
    [
      "is not read",
      () => {
        throw new Error("line 3: expected a map");
      },
      /^line 3: expected a map$/,
    ],
    [
      "names hooks that are not there",
      () => configOf({ hooks: { module: `${directory}/none.ts` } }),
      /hooks\.module/,
    ],
    [
      "names a database that is none",
      () => configOf({ keys: { database: write("junk.db", "junk".repeat(999)) } }),
      /key database/,
    ],
  ] as const)("%s: the old one stays, and the answer says why", async ([, load, reason]) => {
    const one = generation("one");
    const program = await GenerationHolder.start(() => one);
    await expect(program.reload(load)).rejects.toThrow(reason);
    const processed = await program.process(stored());
    expect([program.config, signedAs(processed)[0]]).toEqual([one, "onea/example.com"]);
    const two = generation("two");
    await program.reload(() => two);
    expect(program.config).toBe(two);
  });

  test("makes the start reject", async () => {
    const load = (): Config => configOf({ hooks: { module: `${directory}/none.ts` } });
    await expect(GenerationHolder.start(load)).rejects.toThrow(/hooks\.module/);
  });
});

test("a replaced generation is closed after its last message, and not before", async () => {
  const database = `${directory}/held.db`;
  const row = new KeyDatabase(database);
  row.add("example.com", "db", write("db.key", keyText));
  row.close();
  const program = await GenerationHolder.start(() => generation("one", { keys: { database } }));
  const held = program.hold();
  await program.reload(() => generation("two"));
  const processed = await held.generation.pipeline.process(stored(), sampleEnvelope, sampleContext);
  expect(signedAs(processed)).toEqual(["db/example.com"]);
  // SQLite takes its log away with the last connection.
  expect(existsSync(`${database}-wal`)).toBe(true);
  held.release();
  held.release();
  expect(existsSync(`${database}-wal`)).toBe(false);
  expect(held.generation.config).not.toBe(program.config);
  await program.close();
});

test("a program that stops is not reloaded; its messages end first", async () => {
  const database = `${directory}/closing.db`;
  const load = (): Config => generation("one", { keys: { database } });
  const program = await GenerationHolder.start(load);
  const held = program.hold();
  await program.close();
  const processed = await held.generation.pipeline.process(stored(), sampleEnvelope, sampleContext);
  expect(processed.signatures).toHaveLength(2);
  held.release();
  await expect(program.reload(load)).rejects.toThrow("the program is stopping");
  expect(existsSync(`${database}-wal`)).toBe(false);
});

test("a reload preloads the new keys before they are in force", async () => {
  write("pre.example.key", keyText);
  const program = await GenerationHolder.start(() => generation("one"));
  const next = configOf({
    signing: { key: `${directory}/%{d}.key`, selector: "s1" },
    domains: { "pre.example": {} },
    keys: { preload: true },
  });
  await program.reload(() => next);
  expect([program.config, program.current.pipeline.keysKept]).toEqual([next, 1]);
});
