import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { configSchema } from "@mailseal/config";
import { generateKey } from "@mailseal/crypto";
import { formatKeyRecord, type TxtAnswer } from "@mailseal/dns-record";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { expect, test } from "vitest";
import { KeyInventory } from "../../src/statistics/key-inventory.ts";

const nowMs = Date.UTC(2026, 0, 1);
const yearMs = 365 * 86_400_000;
const own = generateKey({ type: "ed25519" });
const other = generateKey({ type: "ed25519" });
const publish = (record: string): TxtAnswer => ({ status: "found", records: [record] });
const ownRecord = formatKeyRecord(own.publicKey);

async function look(answer: TxtAnswer, { ageMs = 0, content = own.toPem() } = {}) {
  const directory = temporaryDirectory("test");
  const file = join(directory, "example.com.key");
  mkdirSync(directory, { recursive: true });
  writeFileSync(file, content, { mode: 0o600 });
  utimesSync(file, (nowMs - ageMs) / 1000, (nowMs - ageMs) / 1000);
  const config = configSchema.parse({
    signing: { selector: "s1", key: join(directory, "%{d}.key") },
  });
  const inventory = new KeyInventory({
    config: () => config,
    domains: () => ["example.com"],
    resolver: () => Promise.resolve({ resolveTxt: () => Promise.resolve(answer) }),
    now: () => nowMs,
  });
  await inventory.refresh();
  return inventory.latest?.keys[0];
}

test.each<[string, TxtAnswer, string, RegExp | undefined]>([
  ["its record", publish(ownRecord), "published", undefined],
  ["its record, in test mode", publish(`${ownRecord}; t=y`), "published", /test/i],
  ["another key", publish(formatKeyRecord(other.publicKey)), "not-published", /another key/],
  ["nothing", { status: "nxdomain" }, "not-published", /Publish the key/],
  ["no answer", { status: "timeout", reason: "silence" }, "unknown", /silence/],
])("the state of a key if DNS has %s", async (_name, answer, publication, advice) => {
  const key = await look(answer);
  expect(key).toMatchObject({ publication, type: "ed25519", bits: 256, ageSeconds: 0 });
  if (advice === undefined) expect(key?.advice).toEqual([]);
  else expect(key?.advice.map(({ text }) => text).join(" ")).toMatch(advice);
});

test("an old key is to be replaced, and a broken one is reported without its content", async () => {
  const old = await look(publish(ownRecord), { ageMs: 2 * yearMs });
  expect(old?.advice).toMatchObject([
    { level: "note", text: expect.stringMatching(/more than a year/) },
  ]);
  const broken = await look(publish(ownRecord), { content: "no key but a secret" });
  expect(broken?.bits).toBeUndefined();
  expect(JSON.stringify(broken)).not.toContain("secret");
  expect(broken?.advice[0]).toMatchObject({ level: "error" });
});

test("a resolver that cannot be created keeps the previous inventory", async () => {
  const inventory = new KeyInventory({
    config: () => configSchema.parse({}),
    domains: () => [],
    resolver: () => Promise.reject(new Error("no zone")),
    now: () => nowMs,
  });
  await inventory.refresh();
  expect(inventory.latest).toBeUndefined();
});
