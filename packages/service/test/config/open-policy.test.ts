import { formatKeyRecord, type KeySource } from "@mailseal/dns-record";
import {
  changedMessage,
  type MailContext,
  type Pipeline,
  type PolicyEvent,
} from "@mailseal/policy";
import { temporaryDirectory, writeTestFile } from "@mailseal/testkit/files";
import { sampleContext, sampleEnvelope } from "@mailseal/testkit/pipeline-samples";
import { expect, onTestFinished, test } from "vitest";
import { type Counting, policyOf } from "../../src/index.ts";
import { configOf, key, stored } from "../support/program.ts";

/** A config that signs as example.com, and verifies with the key in a zone file. */
function configWithKey(): ReturnType<typeof configOf> {
  const record = formatKeyRecord(key.publicKey);
  const zone = writeTestFile(
    temporaryDirectory("test"),
    "zone.json",
    JSON.stringify({ "s1._domainkey.example.com": [record] }),
  );
  return configOf({ signing: { selector: "s1", keyText: key.toPem() }, dns: { zone } });
}

test("a policy signs with the keys of its config, and verifies with its DNS", async () => {
  const policy = await policyOf(configWithKey(), () => undefined);
  onTestFinished(() => policy.close());
  const signed = await policy.pipeline.process(stored(), sampleEnvelope, sampleContext);
  expect(signed.signatures).toMatchObject([{ domain: "example.com", selector: "s1" }]);
  const message = changedMessage(stored(), signed);
  const inbound: MailContext = { ...sampleContext, direction: "inbound" };
  const verified = await policy.pipeline.process(message, sampleEnvelope, inbound);
  expect(verified.report?.signatures).toMatchObject([{ result: "pass", domain: "example.com" }]);
});

test("messages, key lookups and events of a counted policy pass its counters", async () => {
  const seen: string[] = [];
  const counting: Counting = {
    counted: (pipeline: Pipeline): Pipeline => ({
      process: (...args) => {
        seen.push("message");
        return pipeline.process(...args);
      },
    }),
    countedKeys: (keys: KeySource): KeySource => ({
      find: (...args) => {
        seen.push("key lookup");
        return keys.find(...args);
      },
    }),
    onEvent: ({ type }: PolicyEvent) => void seen.push(type),
  };
  const events: string[] = [];
  const policy = await policyOf(configWithKey(), ({ type }) => void events.push(type), counting);
  onTestFinished(() => policy.close());
  const signed = await policy.pipeline.process(stored(), sampleEnvelope, sampleContext);
  const inbound: MailContext = { ...sampleContext, direction: "inbound" };
  await policy.pipeline.process(changedMessage(stored(), signed), sampleEnvelope, inbound);
  expect(new Set(seen)).toEqual(new Set(["message", "key lookup", ...events]));
  expect(seen.filter((it) => it === "message")).toHaveLength(2);
  expect(seen).toContain("key lookup");
  expect(events).toContain("key-load");
});

test("a policy whose config names a zone that cannot be used does not open", async () => {
  const opened = policyOf(configOf({ dns: { zone: "/nowhere/zone" } }), () => undefined);
  await expect(opened).rejects.toMatchObject({ name: "ServiceError", code: "config" });
});
