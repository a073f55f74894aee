import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseZone } from "@mailseal/dns-record";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { expect, test } from "vitest";
import { zonePublisher } from "../../src/publishers/zone-publisher.ts";
import { changes, common, name, record } from "../support/record-changes.ts";

test("the advice and the file contain valid zone file text", async () => {
  const file = join(temporaryDirectory("test"), "new.zone");
  const { advice } = await zonePublisher({ file }).apply(changes);
  const text = readFileSync(file, "utf8");
  expect(advice).toContain(text);
  const zone = parseZone(text);
  expect(zone.problems).toEqual([]);
  expect(zone.entries.get(name)).toEqual([record]);
  expect(text).toContain(`; remove every TXT record at ${name}.`);
});

test.each([
  ["revoke", "v=DKIM1; p="],
  ["replace", record],
] as const)("the record of the action %s replaces the existing one", async (action, text) => {
  const change = { ...common, action, record: text, ttlSeconds: 60 } as const;
  const { advice = "" } = await zonePublisher().apply([change]);
  expect(advice).toContain("; replace the existing record with:");
  expect(parseZone(advice.slice(advice.indexOf(name))).entries.get(name)).toEqual([text]);
});
