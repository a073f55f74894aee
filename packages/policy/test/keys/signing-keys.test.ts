import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { configSchema } from "@mailseal/config";
import { generateKey } from "@mailseal/crypto";
import { afterAll, expect, test } from "vitest";
import { findSigningKeys } from "../../src/keys/signing-keys.ts";

const directory = mkdtempSync(join(tmpdir(), "mailseal-keys-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function writeKey(domain: string): void {
  mkdirSync(join(directory, domain), { recursive: true });
  const file = join(directory, domain, "s1.key");
  writeFileSync(file, generateKey({ type: "ed25519" }).toPem(), { mode: 0o600 });
  utimesSync(file, 1000, 1000);
}

const config = configSchema.parse({
  signing: { selector: "s1", key: join(directory, "%{d}", "%{s}.key") },
  domains: { "named.example": {} },
  bindings: { a: {}, b: {} },
});

test("a key has its file, unless it is in the config itself", async () => {
  writeKey("named.example");
  const [inFile] = await findSigningKeys(config, [], 10);
  expect(inFile?.file).toBe(join(directory, "named.example/s1.key"));
  const text = generateKey({ type: "ed25519" }).toPem();
  const inText = configSchema.parse({
    signing: { selector: "s1", keyText: text },
    domains: { "named.example": {} },
  });
  expect((await findSigningKeys(inText, [], 10)).map(({ file }) => file)).toEqual([undefined]);
});

test("lists the keys of configured domains and of domains seen in mail, each once", async () => {
  writeKey("named.example");
  writeKey("seen.example");
  const keys = await findSigningKeys(config, ["seen.example", "gone.example"], 10);
  expect(
    keys.map(({ domain, answer, writtenAtMs }) => [domain, answer.status, writtenAtMs]),
  ).toEqual([
    ["named.example", "found", 1_000_000],
    ["seen.example", "found", 1_000_000],
    ["gone.example", "missing", undefined],
  ]);
});

test("lists no more keys than the limit", async () => {
  const many = Array.from({ length: 100 }, (_, at) => `d${at}.example`);
  expect(await findSigningKeys(config, many, 7)).toHaveLength(7);
});

test("an invalid domain name is never part of a path", async () => {
  expect(await findSigningKeys(config, ["../../etc", "a/b", "\u0000"], 10)).toHaveLength(1);
});
