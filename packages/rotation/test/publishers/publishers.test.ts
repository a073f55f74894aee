import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseZone } from "@mailseal/dns-record";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { expect, test } from "vitest";
import type { RecordChange } from "../../src/environment.ts";
import { commandPublisher } from "../../src/publishers/command-publisher.ts";
import { zonePublisher } from "../../src/publishers/zone-publisher.ts";

const name = "s._domainkey.example.com";
const common = { domain: "example.com", selector: "s", name } as const;
const changes: readonly RecordChange[] = [
  { ...common, action: "publish", record: `v=DKIM1; p=${"A".repeat(400)}`, ttlSeconds: 60 },
  { ...common, action: "remove" },
];

test("the zone text is a zone file, in the advice and in the file", async () => {
  const file = join(temporaryDirectory("test"), "new.zone");
  const { advice } = await zonePublisher({ file }).apply(changes);
  const text = readFileSync(file, "utf8");
  expect(advice).toContain(text);
  const zone = parseZone(text);
  expect(zone.problems).toEqual([]);
  expect(zone.entries.get(name)).toEqual([`v=DKIM1; p=${"A".repeat(400)}`]);
  expect(text).toContain(`; remove every TXT record at ${name}.`);
});

test("a revoked record stands for itself", async () => {
  const revocation = {
    ...common,
    action: "revoke",
    record: "v=DKIM1; p=",
    ttlSeconds: 60,
  } as const;
  const { advice = "" } = await zonePublisher().apply([revocation]);
  expect(advice).toContain(`${name}. 60 IN TXT "v=DKIM1; p="`);
});

test("the command gets a change each", async () => {
  const file = join(temporaryDirectory("test"), "out");
  const script = `const own = Object.entries(process.env).filter(([name]) => name.startsWith("MAILSEAL_"));
    fs.appendFileSync(${JSON.stringify(file)}, JSON.stringify(Object.fromEntries(own)) + "\\n")`;
  await commandPublisher({ argv: [process.execPath, "-e", script] }).apply(changes);
  const told = readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);
  const base = { MAILSEAL_DOMAIN: "example.com", MAILSEAL_SELECTOR: "s", MAILSEAL_NAME: name };
  expect(told).toEqual([
    {
      ...base,
      MAILSEAL_ACTION: "publish",
      MAILSEAL_RECORD: `v=DKIM1; p=${"A".repeat(400)}`,
      MAILSEAL_TTL: "60",
    },
    { ...base, MAILSEAL_ACTION: "remove" },
  ]);
});
